//! The page that `splits` prints.

use std::fmt::Write;

use analysis::number::{bytes, energy, mass, time};
use analysis::table::{Align::Left, Align::Right, Table};

use super::{Alone, Case, CutRow};

/// Cuts shown beside both ends.
const SHOWN: usize = 6;

/// The cases as text: what each splitter chose with what it takes, then the cuts that explain it.
#[must_use]
pub fn text(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let _ = writeln!(text, "{} asked for by {}, alone in the world; energy above idle", case.model, case.origin);
        let _ = writeln!(text, "signals: {}; forecasts: {}", case.signals, case.forecasts);
        let _ = writeln!(text, "{}", choices(case));
        let why = "`device[a:b]` runs the layers between cuts a and b";
        let _ = writeln!(text, "Why: both ends and the {SHOWN} fastest inner cuts; {why}");
        let _ = writeln!(text, "{}", explained(case));
    }
    text
}

fn choices(case: &Case) -> Table {
    let columns = [
        ("splitter", Left),
        ("time", Right),
        ("on links", Right),
        ("origin", Right),
        ("energy", Right),
        ("carbon", Right),
        ("plan", Left),
    ];
    let mut table = Table::new(&columns);
    let cells = |by: &str, alone: &Alone| {
        let (total, links) = (time(alone.time_ms), time(alone.network_ms));
        let (own, all) = (energy(alone.origin_j), energy(alone.energy_j));
        [by.to_owned(), total, links, own, all, mass(alone.carbon_g), alone.plan.clone()]
    };
    for choice in &case.splitters {
        match (&choice.took, &choice.rejected) {
            (Some(alone), _) => table.row(cells(&choice.by, alone)),
            (None, why) => {
                let why = format!("rejected: {}", why.as_deref().unwrap_or("no reason given"));
                table.row([choice.by.as_str(), "", "", "", "", "", &why]);
            }
        }
    }
    type Figure = fn(&Alone) -> f64;
    let bests: [(&str, Figure); 3] =
        [("(least time)", |a| a.time_ms), ("(least energy)", |a| a.energy_j), ("(least carbon)", |a| a.carbon_g)];
    for (by, figure) in bests {
        if let Some(best) = case.cuts.iter().min_by(|a, b| figure(&a.alone).total_cmp(&figure(&b.alone))) {
            table.row(cells(by, &best.alone));
        }
    }
    table
}

fn explained(case: &Case) -> Table {
    let columns = [
        ("cut", Right),
        ("after", Left),
        ("tensor", Right),
        ("origin", Right),
        ("on links", Right),
        ("server", Right),
        ("time", Right),
        ("plan", Left),
    ];
    let mut table = Table::new(&columns);
    let last = case.last_cut;
    let mut inner: Vec<&CutRow> = case.cuts.iter().filter(|row| row.cut > 0 && row.cut < last).collect();
    inner.sort_by(|a, b| a.alone.time_ms.total_cmp(&b.alone.time_ms));
    inner.truncate(SHOWN);
    let ends = case.cuts.iter().filter(|row| row.cut == 0);
    let whole = case.cuts.iter().find(|row| row.cut == last);
    let mut shown: Vec<&CutRow> = ends.chain(inner).chain(whole).collect();
    shown.sort_by_key(|row| row.cut);
    for row in shown {
        table.row([
            row.cut.to_string(),
            row.layer.clone(),
            bytes(row.tensor_bytes),
            time(row.origin_ms),
            time(row.alone.network_ms),
            time(row.server_ms),
            time(row.alone.time_ms),
            row.alone.plan.clone(),
        ]);
    }
    table
}
