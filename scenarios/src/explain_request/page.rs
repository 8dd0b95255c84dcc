//! The page that `explain-request` prints.

use std::fmt::Write;

use analysis::number::{bytes, energy, mass, significant, time};
use analysis::table::{Align::Left, Align::Right, Table};

use super::phases::PhaseTold;
use super::told::{CandidateTold, DecisionTold, Told};

/// Expected parts of a sojourn time [s] and of its emissions [g], and all that can be expected of any device.
const TIMES: [&str; 4] = ["wait_s", "load_s", "compute_s", "transfer_s"];
const GRAMS: [&str; 2] = ["compute_g", "transfer_g"];
const GENERAL: [&str; 9] = [
    "wait_s",
    "load_s",
    "compute_s",
    "transfer_s",
    "compute_j",
    "transfer_j",
    "intensity_g_per_kwh",
    "compute_g",
    "transfer_g",
];

/// A term that is an instant [s since the epoch].
const COMPLETION: &str = "completion_s";

/// The request, each decision with its candidates, then what happened.
pub(super) fn text(told: &Told, most: usize) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "request {} of {} (seed {}, replication {})",
        told.id, told.scenario, told.seed, told.replication
    );
    if told.other_run {
        let _ = writeln!(text, "note: not the run of the directory, as the command line changes it");
    }
    let deadline = told.deadline_ms.map_or_else(|| "no deadline".into(), |ms| format!("deadline {}", time(ms)));
    let slack = if told.slack_ms > 0.0 { format!(", may wait {}", time(told.slack_ms)) } else { String::new() };
    let _ = writeln!(
        text,
        "{} ({}) from {} in {}, {} in; work {}; {deadline}{slack}",
        told.model,
        told.class,
        told.origin,
        told.origin_zone,
        bytes(told.input_bytes),
        significant(told.work, 4)
    );
    let _ = writeln!(text, "arrived {} ({:.6} s)", told.arrival, told.arrival_s);
    for decision in &told.decisions {
        decided(&mut text, decision, told, most);
    }
    happened(&mut text, told);
    text
}

fn decided(text: &mut String, decision: &DecisionTold, told: &Told, most: usize) {
    let plan = decision.plan.as_ref().map_or_else(String::new, |plan| format!(" on {plan}"));
    let after = time((decision.at_s - told.arrival_s).max(0.0) * 1e3);
    let _ = writeln!(text, "\n{} decided after {after}: {}{plan}", told.scheduler, decision.decided);
    if !decision.rule.is_empty() {
        let _ = writeln!(text, "rule: {}", decision.rule);
    }
    if !decision.why.is_empty() {
        let _ = writeln!(text, "why: {}", decision.why);
    }
    let shown: Vec<&CandidateTold> =
        decision.considered.iter().enumerate().filter(|(k, one)| *k < most || one.chosen).map(|(_, one)| one).collect();
    let Some(first) = shown.first() else { return };
    // Where the scheduler tells its terms, what is general comes down to a time and emissions.
    let summed = !decision.rule.is_empty() && first.terms.contains_key("compute_s");
    let told = |name: &&str| !summed || !GENERAL.contains(name);
    let names: Vec<&str> = first.terms.keys().copied().filter(told).collect();
    let scored = first.score.is_some();
    let mut columns = vec![("", Left), ("candidate", Left)];
    columns.extend(scored.then_some(("score", Right)));
    // An instant since the epoch says little: how long from now says more.
    let header = |name| if name == COMPLETION { "completes_in_s" } else { name };
    columns.extend(names.iter().map(|&name| (header(name), Right)));
    columns.extend([("expected", Right), ("emits", Right)].into_iter().filter(|_| summed));
    columns.push(("excluded", Left));
    let mut table = Table::new(&columns);
    for candidate in &shown {
        let mut cells = vec![if candidate.chosen { "▸" } else { "" }.to_owned(), candidate.plan.clone()];
        cells.extend(scored.then(|| candidate.score.map_or_else(String::new, |score| significant(score, 5))));
        let shown = |name: &str, value: f64| if name == COMPLETION { value - decision.at_s } else { value };
        let figure = |&name: &&str| {
            candidate.terms.get(name).map_or_else(String::new, |&value| significant(shown(name, value), 4))
        };
        cells.extend(names.iter().map(figure));
        let sum = |names: &[&str]| names.iter().filter_map(|name| candidate.terms.get(name)).sum::<f64>();
        cells.extend([time(sum(&TIMES) * 1e3), mass(sum(&GRAMS))].into_iter().filter(|_| summed));
        cells.push(candidate.excluded.unwrap_or("").to_owned());
        table.row(cells);
    }
    let more = decision.considered.len() + decision.left_out - shown.len();
    let more = if more > 0 { format!("  … and {more} more (--candidates N shows more)\n") } else { String::new() };
    let _ = write!(text, "{table}{more}");
}

fn happened(text: &mut String, told: &Told) {
    let took = told
        .sojourn_ms
        .map_or_else(|| "had not ended when the run was over".into(), |ms| format!("after {}", time(ms)));
    let _ = writeln!(
        text,
        "\nthen: {} {took}; {} and {} attributed, {} moved",
        told.ending.unwrap_or("it"),
        energy(told.energy_j),
        mass(told.carbon_g),
        bytes(told.moved_bytes)
    );
    if !told.measured {
        let _ = writeln!(text, "note: it arrived outside the measurement window, so nothing is attributed to it");
    }
    if told.phases.is_empty() {
        return;
    }
    let columns = [
        ("phase", Left),
        ("where", Left),
        ("from", Right),
        ("took", Right),
        ("data", Right),
        ("energy", Right),
        ("carbon", Right),
        ("links", Left),
    ];
    let mut table = Table::new(&columns);
    for phase in &told.phases {
        table.row([
            phase.phase.to_owned(),
            phase.place.clone(),
            format!("+{}", time((phase.from_s - told.arrival_s).max(0.0) * 1e3)),
            time(phase.took_ms),
            phase.bytes.map_or_else(String::new, bytes),
            energy(phase.energy_j),
            mass(phase.carbon_g),
            links(phase),
        ]);
    }
    let _ = write!(text, "{table}");
}

fn links(phase: &PhaseTold) -> String {
    let link = |link: &super::phases::LinkTold| {
        let waited = if link.waited_ms > 0.0 { format!("{} waiting + ", time(link.waited_ms)) } else { String::new() };
        format!("{}: {waited}{} + {}", link.link, time(link.sending_ms), time(link.latency_ms))
    };
    phase.links.iter().map(link).collect::<Vec<_>>().join("; ")
}
