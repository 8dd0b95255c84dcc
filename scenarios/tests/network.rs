//! Latencies between sites end to end: measured in each direction, by distance, refused where nobody knows them.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use scenarios::load::Loaded;
use sim_core::ids::SiteId;
use tempfile::TempDir;

/// Name and text of a file.
type File<'a> = (&'a str, &'a str);

/// Requests of the first site are computed at the second.
const SCENARIO: &str = r"
name: far
time: {window: 1 min, drain: 1 min}
sites:
  - {name: here, zone: FR, latitude: 48.86, longitude: 2.35}
  - {name: there, zone: DE, latitude: 52.52, longitude: 13.40}
devices:
  - {name: camera, class: raspberry-pi-4, site: here, role: source}
  - {name: box, class: jetson-nano, site: there}
models: [{name: mobilenet-v2}]
workload: [{arrivals: closed-loop, clients: 1, think_time: 1 s, origins: [camera]}]
scheduler: {name: least-loaded}
service_noise: off
accounting: {embodied: exclude}
network:
";

/// A folder with the scenario under a network, and files beside it.
fn folder(network: &str, files: &[File]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("far.yaml"), format!("{SCENARIO}{network}\n")).expect("written");
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).expect("written"));
    folder
}

fn carbonedge(verb: &str, folder: &Path) -> Command {
    let mut command = Command::cargo_bin("carbonedge").expect("the binary is built");
    command.arg(verb).arg(folder.join("far.yaml"));
    command
}

/// Mean sojourn time of a run [ms].
fn sojourn(network: &str, files: &[File]) -> f64 {
    let folder = folder(network, files);
    let done = carbonedge("run", folder.path()).arg("--json").arg("--out").arg(folder.path()).assert().success();
    let summary: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    summary["sojourn_ms"]["mean"].as_f64().expect("a number")
}

/// Propagation there and back between two sites [ms].
fn directions(network: &str, files: &[File], a: u32, b: u32) -> (f64, f64) {
    let folder = folder(network, files);
    let loaded = Loaded::find(folder.path().join("far.yaml").to_str().expect("a path")).expect("a scenario");
    let experiment = loaded.experiment(&[]).unwrap_or_else(|refused| panic!("{}", refused.render()));
    let latency = |from, to| experiment.world.topology.latency(SiteId(from), SiteId(to)).as_millis();
    (latency(a, b), latency(b, a))
}

/// What a refusal says, without its line breaks.
fn refused(network: &str, files: &[File]) -> String {
    let folder = folder(network, files);
    let done = carbonedge("run", folder.path()).arg("--out").arg(folder.path().join("out")).assert().code(2);
    let text = String::from_utf8(done.get_output().stderr.clone()).expect("text");
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

const TABLE: File = ("t.csv", "origin,here,there\nhere,0,20\nthere,140,0\n");
const MESH: &str = "  mesh: {bandwidth: unlimited}";

#[test]
fn both_directions_of_a_measured_pair_reach_the_sojourn_time() {
    let by_table = |values: &str| format!("{MESH}\n  latency: {{file: t.csv, values: {values}}}");
    assert_eq!(directions(&by_table("rtt"), &[TABLE], 0, 1), (10.0, 70.0));
    assert_eq!(directions(&by_table("one-way"), &[TABLE], 0, 1), (20.0, 140.0));
    let without = sojourn("  mesh: {bandwidth: unlimited, latency: 0 s}", &[]);
    for (values, there_and_back) in [("rtt", 80.0), ("one-way", 160.0)] {
        let took = sojourn(&by_table(values), &[TABLE]) - without;
        assert!((took - there_and_back).abs() < 1e-6, "{values}: {took}");
    }
}

#[test]
fn a_list_of_links_is_measured_too_and_a_link_may_say_its_own_latency() {
    let latency = "  latency: {file: t.csv, values: rtt}\n";
    let links = format!("{latency}  links: [{{between: [there, here], bandwidth: 1 Gbit/s}}]");
    assert_eq!(directions(&links, &[TABLE], 0, 1), (10.0, 70.0));
    let own = format!("{latency}  links: [{{between: [there, here], bandwidth: 1 Gbit/s, latency: 3 ms}}]");
    assert_eq!(directions(&own, &[TABLE], 0, 1), (3.0, 3.0));
}

#[test]
fn sites_are_found_by_the_names_given_them_by_zone_and_by_coordinates() {
    let expected = (10.0, 70.0);
    let table = |a: &str, b: &str| format!("from,to,rtt_ms\n{a},{b},20\n{b},{a},140\n");
    let named = format!("{MESH}\n  latency: {{file: t.csv, values: rtt, names: {{here: x, there: y}}}}");
    assert_eq!(directions(&named, &[("t.csv", &table("x", "y"))], 0, 1), expected);
    let plain = format!("{MESH}\n  latency: {{file: t.csv, values: rtt}}");
    assert_eq!(directions(&plain, &[("t.csv", &table("FR", "DE"))], 0, 1), expected);
    let pings = "source,destination,timestamp,min,avg,max,mdev\n7,9,x,1,20,99,1\n9,7,x,1,140,999,1\n";
    let servers = "\"id\",\"name\",\"title\",\"location\",\"state\",\"country\",\"state_abv\",\"continent\",\
        \"latitude\",\"longitude\"\n\"7\",\"Versailles\",\"Versailles\",\"x\",\"\",\"France\",\"\",\"1\",48.80,2.13\n\
        \"8\",\"Lyon\",\"Lyon\",\"x\",\"\",\"France\",\"\",\"1\",45.76,4.84\n\
        \"9\",\"Potsdam\",\"Potsdam\",\"x\",\"\",\"Germany\",\"\",\"1\",52.39,13.06\n";
    let cities = format!("{MESH}\n  latency: {{file: pings.csv, places: servers.csv}}");
    assert_eq!(directions(&cities, &[("pings.csv", pings), ("servers.csv", servers)], 0, 1), expected);
    let far = format!("{MESH}\n  latency: {{file: pings.csv, places: servers.csv, within: 5 km}}");
    let told = refused(&far, &[("pings.csv", pings), ("servers.csv", servers)]);
    assert!(told.contains("no place for `here` (the nearest is 17 km away), `there` (the nearest is 27 km"), "{told}");
}

#[test]
fn unknown_pairs_are_all_named_or_filled_by_distance_if_the_scenario_says_so() {
    let table = ("t.csv", "from,to,ms\nhere,there,20\n");
    let file = "  latency: {file: t.csv, values: rtt";
    let told = refused(&format!("{MESH}\n{file}}}"), &[table]);
    assert!(told.contains("no latency is known from site to site: `there` → `here`"), "{told}");
    assert!(told.contains("`unknown: distance` goes by distance instead"), "{told}");
    assert!(!told.contains("`here` → `there`"), "{told}");
    // Paris to Berlin: 878 km of great circle, 200 km/ms in fibre (ITU-T G.114).
    let (there, back) = directions(&format!("{MESH}\n{file}, unknown: distance}}\n  route: 2"), &[table], 0, 1);
    assert_eq!(there, 10.0);
    assert!((back - 878.0 * 2.0 / 200.0).abs() < 0.02, "{back}");
}

#[test]
fn the_route_of_a_fibre_is_a_rule_or_a_factor() {
    let by_distance = |route: &str| directions(&format!("{MESH}\n  route: {route}"), &[], 0, 1);
    let (itu, factor, straight) = (by_distance("itu"), by_distance("1.5"), by_distance("1"));
    // Below 1000 km the rule of the ITU is the factor 1.5.
    assert_eq!(itu, factor);
    assert!((factor.0 / straight.0 - 1.5).abs() < 1e-6, "{factor:?} {straight:?}");
    assert_eq!(directions(MESH, &[], 0, 1), itu, "the default");
    let told = refused(&format!("{MESH}\n  route: 0.9"), &[]);
    assert!(told.contains("network.route: `0.9` tells no length of a route"), "{told}");
}

#[test]
fn at_most_twenty_unknown_pairs_are_named_and_the_rest_counted() {
    let sites = (0..6).map(|k| format!("{{name: s{k}, zone: FR}}")).collect::<Vec<_>>().join(", ");
    let folder = folder(&format!("{MESH}\n  latency: {{file: t.csv, values: rtt}}"), &[TABLE]);
    let set = format!("sites=[{{name: here, zone: FR}}, {{name: there, zone: DE}}, {sites}]");
    let done = carbonedge("validate", folder.path()).arg("--set").arg(set).assert().code(2);
    let text = String::from_utf8(done.get_output().stderr.clone()).expect("text");
    // Eight sites have 56 directed pairs, of which the table knows two.
    assert!(text.contains("34 more"), "{text}");
    assert_eq!(text.matches('→').count(), 20, "{text}");
}

#[test]
fn a_measured_detour_is_not_taken_where_a_link_was_measured() {
    let text = "from,to,ms\nhere,there,100\nthere,here,100\nhere,mid,1\nmid,there,1\nthere,mid,1\nmid,here,1\n";
    let folder = folder(&format!("{MESH}\n  latency: {{file: t.csv, values: one-way}}"), &[("t.csv", text)]);
    let loaded = Loaded::find(folder.path().join("far.yaml").to_str().expect("a path")).expect("a scenario");
    let sites = "[{name: here, zone: FR}, {name: there, zone: DE}, {name: mid, zone: DE}]";
    let set = [("sites".to_owned(), serde_yaml::from_str(sites).expect("YAML"))];
    let experiment = loaded.experiment(&set).unwrap_or_else(|refused| panic!("{}", refused.render()));
    assert_eq!(experiment.world.topology.latency(SiteId(0), SiteId(1)).as_millis(), 100.0);
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let twice = ("t.csv", "origin,here,there,here\nhere,0,1,2\nthere,3,0,4\nhere,5,6,0\n");
    let cases: [(&str, &[File], &str); 9] = [
        ("  latency: {file: t.csv}", &[TABLE], "it is not stated whether the latencies are round trips or one way"),
        ("  latency: {file: t.csv, values: both}", &[TABLE], "`both` is not one of the choices"),
        ("  latency: {values: rtt}", &[], "the table of latencies is missing"),
        ("  latency: {file: t.csv, values: rtt}", &[], "cannot read `t.csv`"),
        ("  latency: {file: t.csv, values: rtt}", &[twice], "t.csv:1: `here` comes twice"),
        ("  latency: {file: t.csv, values: rtt, names: {here: hier}}", &[TABLE], "the table has no place `hier`"),
        ("  latency: {file: t.csv, values: rtt, names: {hear: here}}", &[TABLE], "did you mean `here`?"),
        ("  latency: {file: t.csv, values: rtt, within: 5}", &[TABLE], "`5` is not a distance: it has no unit"),
        (
            "  latency: {file: t.csv, values: rtt, places: p.csv}",
            &[TABLE, ("p.csv", "name,latitude,longitude\nelsewhere,1,2\n")],
            "none of its 1 places is in the table of latencies",
        ),
    ];
    for (network, files, reason) in cases {
        let told = refused(&format!("{MESH}\n{network}"), files);
        assert!(told.contains(reason), "{network}: {told}");
    }
    let told =
        refused("  mesh: {bandwidth: unlimited, latency: 1 ms}\n  latency: {file: t.csv, values: rtt}", &[TABLE]);
    assert!(told.contains("none is looked up in network.latency"), "{told}");
}

#[test]
fn a_link_has_the_mean_bandwidth_of_its_trace() {
    // Ten seconds of 12 Mbit/s, thirty of nothing: 3 Mbit/s.
    let trace = ("up.txt", "0\t5\n10\t12\n40\t0\n");
    let mesh = |bandwidth: &str| format!("  mesh: {{latency: 0 s, {bandwidth}}}");
    let (traced, constant) = (mesh("bandwidth_trace: up.txt"), mesh("bandwidth: 3 Mbit/s"));
    assert_eq!(sojourn(&traced, &[trace]), sojourn(&constant, &[]));
    assert!(sojourn(&traced, &[trace]) > sojourn(&mesh("bandwidth: 4 Mbit/s"), &[]));
    let told = refused(&mesh("bandwidth_trace: up.txt, bandwidth: 3 Mbit/s"), &[trace]);
    assert!(told.contains("a link has a bandwidth or a trace of it"), "{told}");
    let told = refused(&mesh("bandwidth_trace: up.txt"), &[("up.txt", "0\t5\n10\t-12\n")]);
    assert!(told.contains("up.txt:2: `bandwidth` is `-12`"), "{told}");
}

#[test]
fn the_published_matrix_joins_the_zones_of_a_scenario() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/network/gcp-umass/gcp_latency_matrix.csv");
    let Ok(text) = fs::read_to_string(&file) else {
        println!("skipped: there is no file {}", file.display());
        return;
    };
    let network = |more: &str| format!("{MESH}\n  latency: {{file: gcp.csv, values: rtt{more}}}");
    let files = [("gcp.csv", text.as_str())];
    assert!(refused(&network(""), &files).contains("gcp.csv:1: `US-MIDA-PJM` comes twice"));
    // The row FR, column DE and the row DE, column FR of the file.
    let cell = |row: &str, column: &str| {
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let column = rows[0].iter().position(|name| *name == column).expect("a column");
        let row = rows.iter().find(|cells| cells[0] == row).expect("a row");
        row[column].parse::<f64>().expect("a number") / 2.0
    };
    assert_eq!(directions(&network(", duplicates: mean"), &files, 0, 1), (cell("FR", "DE"), cell("DE", "FR")));
}

#[test]
fn a_site_beyond_the_poles_or_the_date_line_is_refused() {
    for place in ["sites[0].latitude=95", "sites[1].longitude=-181", "sites[1].latitude=.nan"] {
        let folder = folder(MESH, &[]);
        let done = carbonedge("validate", folder.path()).args(["--set", place]).assert().code(2);
        let text = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        let (path, _) = place.split_once('=').expect("a path and a value");
        assert!(text.contains(path) && text.contains("out of range"), "{place}: {text}");
    }
}
