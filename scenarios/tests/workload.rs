//! Requests end to end: every kind of arrivals through the command line, and what is refused of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn carbonedge() -> Command {
    Command::cargo_bin("carbonedge").expect("the binary is built")
}

/// Two sites with ten servers each, on a flat grid; `local` runs every request where it is asked for.
const WORLD: &str = "
name: w
time: {start: 2022-03-26T00:00:00Z, window: 20 min, drain: 10 min}
grid: {zones: [{name: Z, average: {constant: 100 g/kWh}}]}
sites:
  - {name: north, zone: Z, latitude: 60, longitude: 10, population: 3000}
  - {name: south, zone: Z, latitude: 40, longitude: -3.7, timezone: Europe/Madrid, population: 1000}
network: {scope: end-to-end, end_to_end: 0.04 kWh/GB, links: [{between: [north, south], latency: 10 ms, bandwidth: 10 Gbit/s}]}
devices:
  - {name: a, class: xeon-d-server, site: north, count: 10}
  - {name: b, class: xeon-d-server, site: south, count: 10}
models: [{name: mobilenet-v2}]
request_classes: [{name: plain}]
accounting: {embodied: exclude}
service_noise: off
outputs: {requests: 1000}
";

/// A folder with the scenario of a workload, under a scheduler, and files beside it.
fn folder(scheduler: &str, workload: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{WORLD}scheduler: {{name: {scheduler}}}\nworkload:\n  - {{{workload}}}\n");
    fs::write(folder.path().join("w.yaml"), text).expect("written");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

/// What a command answers in JSON.
fn json(folder: &Path, args: &[&str]) -> Value {
    let done = carbonedge().current_dir(folder).args(args).arg("--json").assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

fn run(folder: &TempDir) -> Value {
    json(folder.path(), &["run", "w.yaml", "--quiet"])
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path} in {value:#}"))
}

/// The summary of a run under `local`.
fn local(workload: &str, files: &[(&str, &str)]) -> Value {
    run(&folder("local", workload, files))
}

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} is not {expected} within {tolerance}");
}

#[test]
fn bursty_sources_run_at_their_mean_rate_and_inspect_sees_the_same_requests() {
    // Means over 1200 s. Deviations: √(mean · index of dispersion), the index of the closed form for long windows
    // 1 + 2(a − b)²rs/((r + s)²(as + br)); five of them. A constant cycle fits in 60 times: Poisson.
    let cases = [
        (
            "arrivals: mmpp, states: [{rate: 20 /s, mean: 5 s}, {rate: 0 /s, mean: 15 s}]",
            6000.0,
            (6000.0f64 * 113.5).sqrt(),
        ),
        (
            "arrivals: mmpp, switching: uniform, states: [{rate: 5 /s, mean: 1 s}, {rate: 5 /s, mean: 9 s}]",
            6000.0,
            6000f64.sqrt(),
        ),
        ("arrivals: on-off, rate: 20 /s, mean_on: 5 s, mean_off: 15 s", 6000.0, (6000.0f64 * 113.5).sqrt()),
        ("arrivals: on-off, rate: 20 /s, mean_on: 5 s, mean_off: 15 s, phases: constant", 6000.0, 6000f64.sqrt()),
    ];
    for (workload, mean, deviation) in cases {
        let folder = folder("local", workload, &[]);
        let arrived = number(&run(&folder), "/requests/arrived");
        near(arrived, mean, 5.0 * deviation);
        let seen = json(folder.path(), &["workload", "inspect", "w.yaml"]);
        assert_eq!(number(&seen, "/arrivals/count"), arrived, "{workload}");
        let bursty = deviation > 100.0 || workload.contains("constant");
        assert_eq!(number(&seen, "/arrivals/dispersion/0/index") > 3.0, bursty, "{workload}");
    }
}

const LLM: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,100\r\n\
    2023-11-16 18:15:47.6805900,396,300\r\n2023-11-16 18:15:49.6805901,879,200";

#[test]
fn a_trace_of_tokens_becomes_work_and_a_faster_one_is_over_sooner() {
    let files = [("t.csv", LLM)];
    let plain = local("arrivals: replay, file: t.csv", &files);
    let work = local("arrivals: replay, file: t.csv, work_column: GeneratedTokens, work_per: 100", &files);
    assert_eq!(number(&plain, "/requests/completed"), 3.0);
    // Three requests of work 1, then of work 1, 3 and 2; times are whole nanoseconds.
    near(number(&work, "/energy_j/dynamic") / number(&plain, "/energy_j/dynamic"), 2.0, 1e-6);
    let folder = folder("local", "arrivals: replay, file: t.csv, scale: 0.5, thin: 100 %", &files);
    let seen = json(folder.path(), &["workload", "inspect", "w.yaml"]);
    near(number(&seen, "/arrivals/gap_s/max"), 4.0, 0.01);
    let from = local("arrivals: replay, file: t.csv, start: \"2023-11-16 18:15:47\"", &files);
    assert_eq!(number(&from, "/requests/arrived"), 2.0);
}

#[test]
fn invocations_are_put_in_order_and_counts_come_from_their_regions() {
    let functions = "app,func,end_timestamp,duration\na,f,60.5,0.25\na,f,130,100\na,g,61,0\n";
    let folder = folder("local", "arrivals: replay, file: f.csv, work_column: duration", &[("f.csv", functions)]);
    assert_eq!(number(&run(&folder), "/requests/completed"), 3.0);
    let seen = json(folder.path(), &["workload", "inspect", "f.csv", "--work-column", "duration"]);
    assert_eq!((number(&seen, "/trace/behind_s"), seen["arrivals"]["work"]["max"].as_f64()), (30.25, Some(100.0)));
    let counts = "timestamp,datetime,eu,us\n0,x,300,900\n600,x,300,900\n1200,x,0,0\n";
    let summary = local("arrivals: replay, file: c.csv, regions: {eu: north, us: [b]}", &[("c.csv", counts)]);
    // Poisson with mean 600 and 1800: five deviations.
    let arrived = number(&summary, "/requests/arrived");
    near(arrived, 2400.0, 5.0 * 2400f64.sqrt());
    near(arrived * number(&summary, "/placement/by_site/south"), 1800.0, 5.0 * 1800f64.sqrt());
    let one = local("arrivals: replay, file: c.csv, regions: {us: north}, thin: 50 %", &[("c.csv", counts)]);
    near(number(&one, "/requests/arrived"), 900.0, 5.0 * 900f64.sqrt());
}

#[test]
fn a_plain_table_needs_its_time_column_and_the_zone_of_local_times() {
    // The clocks of Madrid repeat 02:30 that night: the rows are half an hour apart.
    let text = "when,n\n2022-10-30 02:30,1\n2022-10-30 02:00,2\n2022-10-30 02:30,3\n";
    let folder = folder(
        "local",
        "arrivals: replay, file: p.csv, time_column: when, timezone: Europe/Madrid, scale: 10, work_column: n",
        &[("p.csv", text)],
    );
    assert_eq!(number(&run(&folder), "/requests/completed"), 3.0);
    let done = carbonedge()
        .current_dir(folder.path())
        .args(["workload", "inspect", "p.csv", "--time-column", "when"])
        .assert()
        .code(2);
    let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(error.contains("p.csv:2") && error.contains("no timezone is given"), "{error}");
}

#[test]
fn origins_are_weighted_by_group_by_people_and_by_coordinates() {
    let places = "lat,lon,n\n61,9,1\n59,11,1\n41,-3,2\n39,-4,0\n";
    let json = r#"[{"lat": 61, "lon": 9}, {"lat": 59, "lon": 11}, {"lat": 62, "lon": 9}, {"lat": 40, "lon": -3}]"#;
    let cases = [
        ("origins: {a: 1, b: 4}", 0.8),
        ("origins: {a: 0, b-3: 1}", 1.0),
        ("origin_weights: population", 0.25),
        ("origins_file: {file: p.csv}", 0.5),
        ("origins_file: {file: p.csv, weight: n}", 0.5),
        ("origins_file: {file: p.json}", 0.25),
        ("origins: [b], origins_file: {file: p.json}", 1.0),
    ];
    for (origins, south) in cases {
        // Both sites are an hour ahead: their days have one shape, and a day-shaped source shares its rate likewise.
        for arrivals in ["poisson, rate: 4 /s", "diurnal, rate: 8 /s, local_time: site"] {
            let workload = format!("arrivals: {arrivals}, {origins}");
            let summary = local(&workload, &[("p.csv", places), ("p.json", json)]);
            let arrived = number(&summary, "/requests/arrived");
            let share = summary.pointer("/placement/by_site/south").and_then(Value::as_f64).unwrap_or(0.0);
            near(share, south, 5.0 * (south * (1.0 - south) / arrived).sqrt());
        }
    }
}

#[test]
fn inputs_of_their_own_size_are_what_the_network_carries() {
    let network = |input: &str| {
        let folder = folder("round-robin", &format!("arrivals: deterministic, rate: 1 /s, origins: [a-0]{input}"), &[]);
        let summary = run(&folder);
        // One of 20 devices is the one that asks, and sends itself nothing.
        (number(&summary, "/energy_j/network"), number(&summary, "/requests/completed") * 19.0 / 20.0)
    };
    // 0.04 kWh/GB: 144 µJ a byte.
    let joules = |bytes: f64| bytes * 0.04 * 3.6e6 / 1e9;
    let ((small, count), (large, _)) = (network(", input: {mean: 200 kB}"), network(", input: {mean: 1 MB}"));
    near((large - small) / joules(800e3 * count), 1.0, 1e-9);
    let (spread, _) = network(", input: {kind: lognormal, mean: 200 kB, sigma: 0.6}");
    // The deviation of the mean of 1200 is √(exp(0.36) − 1)/√1200 = 1.9 %; five of them, of the input alone.
    near((spread - small) / joules(200e3 * count), 0.0, 0.095);
    let seen = json(
        folder("local", "arrivals: poisson, rate: 9 /s, input: {mean: 123 B}", &[]).path(),
        &["workload", "inspect", "w.yaml"],
    );
    assert_eq!(number(&seen, "/arrivals/input_bytes/mean"), 123.0);
}

/// Local hour of the peak of a day's arrivals [h, UTC], by the circular mean of its hours.
fn peak(hours: &[Value]) -> f64 {
    let angle = |k: usize| std::f64::consts::TAU * (k as f64 + 0.5) / 24.0;
    let rates = hours.iter().enumerate().map(|(k, rate)| (rate.as_f64().expect("a rate"), angle(k)));
    let (x, y) = rates.fold((0.0, 0.0), |(x, y), (rate, angle)| (x + rate * angle.cos(), y + rate * angle.sin()));
    y.atan2(x).rem_euclid(std::f64::consts::TAU) * 24.0 / std::f64::consts::TAU
}

#[test]
fn the_day_of_a_site_with_a_time_zone_moves_when_its_clocks_do() {
    let workload = "arrivals: diurnal, rate: 1 /s, amplitude: 100 %, peak_hour: 15, local_time: site, origins: [b]";
    let folder = folder("local", workload, &[]);
    let set = ["workload", "inspect", "w.yaml", "--set", "time.window=72h"];
    let seen = json(folder.path(), &set);
    let hours = seen.pointer("/arrivals/rate_per_s/bins").and_then(Value::as_array).expect("bins");
    assert_eq!((hours.len(), number(&seen, "/arrivals/rate_per_s/bin_s")), (72, 3600.0));
    // Saturday 15:00 in Madrid is 14:00 UTC; on Monday, in summer time, 13:00. The deviation of the peak of n arrivals
    // of density 1 + cos is √2/√n = 1/208 rad = 0.018 h; five of them.
    near(peak(&hours[..24]), 14.0, 0.092);
    near(peak(&hours[48..]), 13.0, 0.092);
    // A time zone may be given for all origins too.
    let named = [&set[..], &["--set", "workload[0].local_time=Europe/Madrid"]].concat();
    assert_eq!(json(folder.path(), &named).pointer("/arrivals"), seen.pointer("/arrivals"));
    // Without a time zone the longitude tells: 10° east is an hour, rounded.
    let north = [&set[..], &["--set", "workload[0].origins=[a]"]].concat();
    let seen = json(folder.path(), &north);
    let hours = seen.pointer("/arrivals/rate_per_s/bins").and_then(Value::as_array).expect("bins");
    near(peak(&hours[48..]), 14.0, 0.092);
}

#[test]
fn a_trace_may_give_each_request_its_slack_and_signals_must_cover_the_longest() {
    let trace = |slack: u32| {
        format!("timestamp,model,origin,slack_s,deadline_s\n0,mobilenet-v2,a-0,0,\n60,mobilenet-v2,a-0,{slack},3600\n")
    };
    let signal = "t,v\n2022-03-26T00:00:00Z,500\n2022-03-26T00:30:00Z,500\n2022-03-26T01:00:00Z,100\n";
    let known = "grid={forecast: {method: perfect}, zones: [{name: Z, average: {file: s.csv, time_column: t, \
                 value_column: v, unit: g/kWh, values: mean}}]}";
    let args = ["run", "w.yaml", "--quiet", "--set", known];
    let with = |slack| {
        folder(
            "gaia-lowest-window",
            "arrivals: replay, file: own.csv",
            &[("own.csv", &trace(slack)), ("s.csv", signal)],
        )
    };
    // 59 minutes to 1:00, when the grid is clean: the second request starts then, and is in time by its own deadline.
    let seen = json(with(3600).path(), &args);
    assert_eq!((number(&seen, "/requests/completed"), number(&seen, "/requests/late")), (2.0, 0.0));
    near(number(&seen, "/sojourn_ms/max"), 59.0 * 60_000.0, 1000.0);
    // 20 min of window, 10 min of drain and an hour and a minute more: the signal ends at 1:30.
    let refused = carbonedge().current_dir(with(3660).path()).args(args).assert().code(2);
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("grid.zones[0]") && text.contains("the run needs") && text.contains("01:31"), "{text}");
}

#[test]
fn what_means_nothing_or_cannot_be_is_refused_with_its_place() {
    let files = [
        ("t.csv", LLM),
        ("own.csv", "timestamp,model,origin\n0,mobilenet-v2,a-0\n"),
        ("late.csv", "timestamp,model,origin\n5,mobilenet-v2,a-0\n4,mobilenet-v2,a-0\n"),
        ("odd.csv", "a,b\n1,2\n"),
        ("own-slack.csv", "timestamp,model,origin,slack_s\n0,mobilenet-v2,a-0,-5\n"),
        ("year.csv", "timestamp,model,origin\n2023-03-26T00:00:00Z,mobilenet-v2,a-0\n"),
        ("huge.csv", "timestamp,model,origin,input_bytes\n0,mobilenet-v2,a-0,1e300\n"),
        ("c.csv", "timestamp,datetime,eu\n0,x,1\n3600,x,many\n"),
        ("whole.csv", "timestamp,datetime,eu\n3600,x,1\n7200,x,1\n"),
        ("p.csv", "lat,lon\n1,2\n95,0\n"),
    ];
    let cases: &[(&str, &[&str])] = &[
        ("arrivals: mmpp", &["workload[0].states", "no state"]),
        ("arrivals: mmpp, states: [{rate: 0 /s, mean: 1 s}]", &["no state has a rate"]),
        ("arrivals: mmpp, states: [{rate: 1 /s, mean: 1 us}]", &["states[0].mean", "too short"]),
        ("arrivals: mmpp, rate: 1 /s, states: [{rate: 1 /s, mean: 1 s}]", &["`rate` means nothing for `mmpp`"]),
        ("arrivals: on-off, rate: 1 /s, mean_on: 1 s", &["workload[0].mean_off", "is missing"]),
        ("arrivals: poisson, rate: 1 /s, phases: constant", &["`phases` means nothing for `poisson`"]),
        ("arrivals: poisson, rate: 1 /s, thin: 10 %", &["`thin` means nothing for `poisson`"]),
        ("arrivals: workday-jobs", &["workload[0].jobs", "how many jobs"]),
        (
            "arrivals: workday-jobs, jobs: {shortest: 4 h, longest: 2 h}",
            &["workload[0].jobs", "more than the shortest"],
        ),
        ("arrivals: workday-jobs, jobs: {slack: tomorrow}", &["workload[0].jobs.slack", "next-workday"]),
        ("arrivals: poisson, rate: 1 /s, jobs: {count: 1}", &["`jobs` means nothing for `poisson`"]),
        ("arrivals: replay, file: own-slack.csv", &["own-slack.csv:2", "`slack_s` is `-5`", "from 0 s to 100 years"]),
        ("arrivals: replay, file: t.csv, thin: 120 %", &["workload[0].thin", "1.2"]),
        ("arrivals: replay, file: t.csv, scale: 0", &["workload[0].scale", "out of range"]),
        ("arrivals: replay, file: t.csv, work_per: 10", &["there is no `work_column`"]),
        ("arrivals: replay, file: t.csv, work_column: Tokens", &["no column `Tokens`"]),
        ("arrivals: replay, file: t.csv, regions: {eu: north}", &["`regions` means nothing for a trace of format"]),
        ("arrivals: replay, file: t.csv, start: 2030-01-01T00:00:00Z", &["ends before its start"]),
        (
            "arrivals: replay, file: own.csv, models: {mobilenet-v2: 1}",
            &["`models` means nothing for a trace of format `own`"],
        ),
        ("arrivals: replay, file: late.csv", &["late.csv:3", "from `5` to `4`"]),
        ("arrivals: replay, file: odd.csv", &["no known trace has the columns `a`, `b`"]),
        ("arrivals: replay, file: odd.csv, format: parquet", &["workload[0].format", "`parquet`"]),
        ("arrivals: replay, file: odd.csv, time_column: a, timezone: Madrid", &["no time zone `Madrid`"]),
        ("arrivals: replay, file: c.csv", &["c.csv:3", "`eu` is `many`"]),
        ("arrivals: replay, file: c.csv, regions: {eu: nowhere}", &["no device group and no site `nowhere`"]),
        ("arrivals: poisson, rate: 1 /s, origins: {c: 1}", &["workload[0].origins.c", "no device group `c`"]),
        ("arrivals: poisson, rate: 1 /s, origins: {a: 0}", &["no group of devices has a weight"]),
        ("arrivals: poisson, rate: 1 /s, origins: 3", &["a list of device groups, or a map of them"]),
        ("arrivals: closed-loop, origins: {a: 1}", &["weights of origins mean nothing for `closed-loop`"]),
        (
            "arrivals: poisson, rate: 1 /s, origins: {a: 1}, origin_weights: population",
            &["`origins` weights the origins already"],
        ),
        ("arrivals: poisson, rate: 1 /s, origins_file: {file: p.csv}", &["p.csv:3", "`lat` is `95`"]),
        ("arrivals: poisson, rate: 1 /s, input: {mean: 3}", &["workload[0].input.mean", "unit"]),
        ("arrivals: poisson, rate: 1 /s, input: {mean: 3 kB, sigma: 1}", &["`sigma` means nothing"]),
        ("arrivals: poisson, rate: 1 /s, work: {kind: exponential, sigma: 1}", &["work.sigma", "means nothing"]),
        (
            "arrivals: poisson, rate: 1 /s, work: {kind: lognormal, mean: 2}",
            &["workload[0].work", "without its `sigma`"],
        ),
        ("arrivals: poisson, rate: 1 /s, input: {kind: lognormal, mean: 3 kB}", &["without its `sigma`"]),
        ("arrivals: replay, file: year.csv", &["workload[0].file", "365.000 d after the epoch", "since 0.021 d"]),
        ("arrivals: replay, file: whole.csv, start: \"10800\"", &["ends before its start"]),
        ("arrivals: replay, file: huge.csv", &["huge.csv:2", "`input_bytes` is `1e300`"]),
        ("arrivals: diurnal, rate: 1 /s, local_time: Mars", &["`Mars` is no local time"]),
        (
            "arrivals: diurnal, rate: 1 /s, amplitude: 500 %, weekend: 1e30 %, peak_hour: 30",
            &["workload[0].amplitude", "workload[0].weekend", "workload[0].peak_hour"],
        ),
    ];
    for (workload, expected) in cases {
        let folder = folder("local", workload, &files);
        let done = carbonedge().current_dir(folder.path()).args(["validate", "w.yaml"]).assert().code(2);
        // Messages are broken into lines where they are drawn.
        let text = String::from_utf8_lossy(&done.get_output().stderr).replace("\n  │ ", " ");
        for part in *expected {
            assert!(text.contains(part), "no `{part}` for {workload} in:\n{text}");
        }
    }
}

#[test]
fn inspect_refuses_what_it_cannot_read() {
    let files = [("odd.csv", "a,b\n1,2\n"), ("raw.csv", "\u{0}\u{1}"), ("llm.csv", LLM)];
    let folder = folder("local", "arrivals: poisson, rate: 1 /s", &files);
    for (args, expected) in [
        (&["odd.csv"][..], "no known trace has the columns"),
        (&["raw.csv"], "raw.csv"),
        (&["none.csv"], "no such file"),
        (&["w.yaml", "--format", "csv"], "--format is for traces"),
        (&["odd.csv", "--set", "seed=2"], "--set is for scenarios"),
        (&["odd.csv", "--format", "cvs"], "did you mean `csv`?"),
        (&["odd.csv", "--time-column", "c"], "no column `c`"),
        (&["llm.csv", "--time-unit", "ms"], "--time-unit means nothing for a trace of format `azure-llm`"),
        (&["llm.csv", "--work-per", "2"], "there is no --work-column"),
    ] {
        let done = carbonedge().current_dir(folder.path()).args(["workload", "inspect"]).args(args).assert().code(2);
        let text = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        assert!(text.contains(expected), "no `{expected}` for {args:?} in:\n{text}");
    }
}

/// Invocations by their end, each up to a minute long, 50 of them a second.
fn invocations(rows: u32) -> String {
    let mut text = "app,func,end_timestamp,duration\n".to_owned();
    let (app, func) = ("a".repeat(64), "f".repeat(64));
    for row in 0..rows {
        let _ = writeln!(text, "{app},{func},{},{}.25", f64::from(row) / 50.0 + 60.0, (row * 7919) % 60);
    }
    text
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_rows_of_a_trace() {
    let peak = |rows| {
        let workload = "arrivals: replay, file: f.csv, work_column: duration, work_per: 600";
        let folder = folder("round-robin", workload, &[("f.csv", &invocations(rows))]);
        let summary = json(folder.path(), &["run", "w.yaml", "--quiet", "--set", "time.window=3h"]);
        assert_eq!(number(&summary, "/requests/arrived"), f64::from(rows));
        let timing = fs::read_to_string(folder.path().join("out/w-1/timing.json")).expect("timing");
        number(&serde_json::from_str(&timing).expect("JSON"), "/peak_rss_bytes")
    };
    // The second file is 27 MB longer, and its rows would take 4 MB if they were kept; buffers wobble by less than 2 MB.
    let (short, long) = (peak(10_000), peak(200_000));
    assert!(long - short < 2e6, "{short} B became {long} B");
}
