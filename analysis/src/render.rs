//! A summary as plain text for a terminal, at most 100 columns wide.

use indexmap::IndexMap;
use sim_core::engine::ledger::Account;

use crate::number::{NONE, bytes, energy, mass, percent, significant, time, whole};
use crate::summary::{RESCORED_AT, SignalSource, Summary};
use crate::table::{Align::Left, Align::Right, Table};

/// Most names listed of a placement; the others are summed up.
const LISTED: usize = 10;

/// The summary in sections: a title that starts its line, an indented table, an empty line.
#[must_use]
pub fn text(summary: &Summary) -> String {
    let which = format!("replication {}", summary.replication);
    let sections = [
        ("Requests", requests(summary)),
        ("Sojourn", sojourn(summary)),
        ("Mean time of a completed request", phases(summary)),
        ("By request class and model", kinds(summary)),
        ("Energy and carbon by account", accounts(summary)),
        ("Attribution of operational carbon", attribution(summary)),
        ("Per inference", per_inference(summary)),
        ("Network", network(summary)),
        ("Use by zone", shares(&summary.placement.by_zone)),
        ("Use by device class", shares(&summary.placement.by_device_class)),
        ("Splits", splits(summary)),
    ];
    let shown = sections.iter().filter(|(_, table)| !table.is_empty());
    shown.fold(head(summary, &which), |text, (title, table)| format!("{text}\n{title}\n{table}"))
}

/// What was run, and `which` of its replications; the signals behind it.
pub(crate) fn head(summary: &Summary, which: &str) -> String {
    let Summary { scenario, scheduler, seed, signal, span, .. } = summary;
    let window = time(span.window_s * 1e3);
    let mut head = format!("{scenario} · {scheduler} · {window} measured · seed {seed}, {which}\n");
    head += &format!("signals: decide with {}, account with {}", signal.decide_with, signal.account_with);
    if signal.zones.iter().any(|zone| zone.synthetic) {
        head += &format!("; {}", SignalSource::line(&signal.zones));
    }
    head += "\n";
    if !signal.forecast.is_plain() {
        head += &format!("forecasts: {}\n", signal.forecast.line());
    }
    head
}

fn requests(summary: &Summary) -> Table {
    let requests = &summary.requests;
    let share = |part: u64, of: u64| if of == 0 { NONE.to_owned() } else { percent(part as f64 / of as f64) };
    let (flying, away) = (&requests.in_flight_split, &requests.rejected_split);
    let rate = format!("{} completed a second", significant(summary.throughput_per_s, 4));
    let rejected = format!("no device {}, over limits {}", whole(away.no_device), whole(away.over_limits));
    let in_flight = format!(
        "deferred {}, queued {}, running {}",
        whole(flying.deferred),
        whole(flying.queued),
        whole(flying.running)
    );
    let rows = [
        ("arrived", requests.arrived, requests.arrived, ""),
        ("completed", requests.completed, requests.arrived, &rate),
        ("  of which late", requests.late, requests.completed, ""),
        ("rejected", requests.rejected, requests.arrived, if requests.rejected > 0 { &rejected } else { "" }),
        ("failed", requests.failed, requests.arrived, ""),
        ("in flight", requests.in_flight, requests.arrived, if requests.in_flight > 0 { &in_flight } else { "" }),
    ];
    let mut table = Table::new(&[("", Left), ("requests", Right), ("share", Right), ("", Left)]);
    rows.iter().for_each(|(name, count, of, note)| table.row([*name, &whole(*count), &share(*count, *of), note]));
    table
}

/// One row a segment, the model and its share on the first; the likeliest splits only.
fn splits(summary: &Summary) -> Table {
    let columns = [("", Left), ("share", Right), ("on", Left), ("cuts", Right), ("ends with", Left), ("tensor", Right)];
    let mut table = Table::new(&columns);
    let mut splits: Vec<_> = summary.splits.iter().collect();
    splits.sort_by(|a, b| b.share.total_cmp(&a.share));
    for split in splits.iter().take(LISTED) {
        for (k, segment) in split.segments.iter().enumerate() {
            let (model, share) =
                if k == 0 { (split.model.as_str(), percent(split.share)) } else { ("", String::new()) };
            let cuts = format!("{}–{}", segment.from_cut, segment.to_cut);
            let tensor = bytes(segment.tensor_bytes as f64);
            table.row([model, &share, &segment.device_class, &cuts, &segment.to_layer, &tensor]);
        }
    }
    if splits.len() > LISTED {
        table.row([format!("{} more", splits.len() - LISTED).as_str(), "", "", "", "", ""]);
    }
    table
}

fn maybe(value: Option<f64>, show: fn(f64) -> String) -> String {
    value.map_or(NONE.to_owned(), show)
}

fn sojourn(summary: &Summary) -> Table {
    let sojourn = &summary.sojourn_ms;
    let cells = [sojourn.mean, sojourn.p50, sojourn.p95, sojourn.p99, sojourn.max];
    Table::new(&[("mean", Right), ("p50", Right), ("p95", Right), ("p99", Right), ("longest", Right)])
        .with(cells.map(|cell| maybe(cell, time)))
}

fn phases(summary: &Summary) -> Table {
    let phases = &summary.time_ms;
    let cells = [phases.deferred, phases.network, phases.queued, phases.loading, phases.service];
    Table::new(&[("deferred", Right), ("network", Right), ("queued", Right), ("loading", Right), ("service", Right)])
        .with(cells.map(|cell| maybe(cell, time)))
}

/// Nothing when there is but one class and one model: the sections above say it all.
fn kinds(summary: &Summary) -> Table {
    let columns =
        [("", Left), ("completed", Right), ("late", Right), ("mean", Right), ("p95", Right), ("attributed", Right)];
    let mut table = Table::new(&columns);
    let (classes, models) = (&summary.by_request_class, &summary.by_model);
    for (name, row) in classes.iter().filter(|_| classes.len() > 1) {
        let times = [maybe(row.sojourn_mean_ms, time), maybe(row.sojourn_p95_ms, time)];
        table.row([name, &whole(row.completed), &whole(row.late), &times[0], &times[1]]);
    }
    for (name, row) in models.iter().filter(|_| models.len() > 1) {
        let times = [maybe(row.sojourn_mean_ms, time), maybe(row.sojourn_p95_ms, time)];
        table.row([name, &whole(row.completed), &whole(row.late), &times[0], &times[1], &mass(row.carbon_g)]);
    }
    table
}

fn accounts(summary: &Summary) -> Table {
    let (joules, grams) = (&summary.energy_j, &summary.carbon_g);
    let of = |part: f64, whole: f64| if whole > 0.0 { percent(part / whole) } else { NONE.to_owned() };
    let mut table = Table::new(&[("", Left), ("energy", Right), ("share", Right), ("carbon", Right), ("share", Right)]);
    for account in Account::ALL {
        if account == Account::Decision && joules.decision == 0.0 {
            continue;
        }
        let (e, c) = (joules.of(account), grams.of(account));
        let name = match (account, joules.provenance) {
            (Account::Dynamic, Some(how)) => format!("dynamic ({how})"),
            _ => account.name().to_owned(),
        };
        table.row([name.as_str(), &energy(e), &of(e, joules.total), &mass(c), &of(c, grams.total)]);
    }
    let operational = of(grams.operational, grams.total);
    table.row(["operational", &energy(joules.total), "100.0 %", &mass(grams.operational), &operational]);
    match grams.embodied {
        Some(embodied) => {
            table.row(["embodied", "", "", &mass(embodied), &of(embodied, grams.total)]);
            table.row(["total", "", "", &mass(grams.total), "100.0 %"]);
        }
        None => table.row(["embodied", "", "", "not booked"]),
    }
    table
}

fn attribution(summary: &Summary) -> Table {
    let (attribution, whole) = (&summary.attribution, summary.carbon_g.operational);
    let of = |part: f64| if whole > 0.0 { percent(part / whole) } else { NONE.to_owned() };
    let rule = format!("to requests, idle {}", attribution.rule);
    let (requests, none) = (attribution.requests_g, attribution.unattributed_g);
    Table::new(&[("", Left), ("carbon", Right), ("share", Right)])
        .with([rule.as_str(), &mass(requests), &of(requests)])
        .with(["to no request", &mass(none), &of(none)])
}

/// In grams, not scaled: these are the figures that papers print.
fn grams(grams: f64) -> String {
    significant(grams, 4) + " g"
}

fn per_inference(summary: &Summary) -> Table {
    let mut table = Table::new(&[("", Left), ("", Right)])
        .with(["operational carbon", &maybe(summary.carbon_g_per_inference, grams)])
        .with(["inferences per gram", &maybe(summary.inferences_per_g, |count| significant(count, 4) + " 1/g")])
        .with(["SCI, embodied included", &maybe(summary.sci_g_per_inference, grams)])
        .with(["energy", &maybe(summary.energy_j_per_inference, energy)]);
    if let Some(accuracy) = summary.accuracy_top1 {
        table.row(["top-1 accuracy", &percent(accuracy)]);
    }
    table
}

fn network(summary: &Summary) -> Table {
    let network = &summary.network;
    let (share, own) = (maybe(network.share_of_operational, percent), maybe(summary.carbon_g_per_inference, grams));
    let mut table = Table::new(&[
        ("", Left),
        ("network share", Right),
        ("operational", Right),
        ("an inference", Right),
    ])
    .with(["as simulated", &share, &mass(summary.carbon_g.operational), &own]);
    let rest = summary.carbon_g.operational - summary.carbon_g.network;
    for (key, _) in RESCORED_AT {
        let total = network.rescored_operational_g[key];
        let share = if total > 0.0 { percent(((total - rest) / total).max(0.0)) } else { NONE.to_owned() };
        let name = format!("at {key} kWh/GB for the whole way");
        table.row([name.as_str(), &share, &mass(total), &maybe(network.rescored_g_per_inference[key], grams)]);
    }
    table
}

fn shares(of: &IndexMap<String, f64>) -> Table {
    let mut used: Vec<(&String, f64)> = of.iter().map(|(name, &share)| (name, share)).collect();
    used.retain(|(_, share)| *share > 0.0);
    used.sort_by(|a, b| b.1.total_cmp(&a.1)); // stable: ties stay in the scenario's order
    let listed = if used.len() > LISTED + 1 { LISTED } else { used.len() };
    let mut table = Table::new(&[("", Left), ("", Right)]);
    used[..listed].iter().for_each(|(name, share)| table.row([name.as_str(), &percent(*share)]));
    if listed < used.len() {
        let others = used[listed..].iter().map(|(_, share)| share).sum();
        table.row([format!("{} others", used.len() - listed).as_str(), &percent(others)]);
    }
    table
}
