//! An inspected workload as text.

use std::fmt::Write;

use analysis::number::{NONE, bytes, significant, time, whole};
use analysis::sparkline::bars;
use analysis::table::{Align, Table};

use super::figures::{Amount, Gaps, Summary};
use super::{Inspection, TraceFacts};

pub(super) fn text(found: &Inspection) -> String {
    let mut text = head(found);
    let arrivals = &found.arrivals;
    let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
    let rate = &arrivals.rate_per_s;
    let per_second = |rate: Option<f64>| rate.map_or(NONE.to_owned(), |rate| format!("{} /s", significant(rate, 3)));
    let (mean, min, max) = (per_second(rate.mean), per_second(rate.min), per_second(rate.max));
    table.row(["rate".to_owned(), format!("mean {mean}; bins of {}: min {min}, max {max}", round(rate.bin_s))]);
    table.row([String::new(), bars(&rate.bins, 0.0, rate.bins.iter().copied().fold(0.0, f64::max))]);
    table.row(["bursts".to_owned(), dispersion(arrivals)]);
    if let Some(gaps) = &arrivals.gap_s {
        gap_rows(&mut table, gaps);
    }
    if let Some(work) = &arrivals.work {
        table.row(["work".to_owned(), amount(work, |work| significant(work, 3))]);
    }
    if let Some(input) = &arrivals.input_bytes {
        table.row(["input".to_owned(), amount(input, bytes)]);
    }
    let _ = write!(text, "{table}");
    text
}

fn head(found: &Inspection) -> String {
    let arrivals = &found.arrivals;
    let span = time(arrivals.span_s * 1e3);
    let mut text = match &found.trace {
        Some(trace) => trace_head(&found.name, trace, &span),
        None => format!("{}: {} requests in {span}\n", found.name, whole(arrivals.count)),
    };
    if let Some(seed) = found.seed {
        let _ = writeln!(text, "drawn with seed {seed}: {} requests", whole(arrivals.count));
    }
    if found.closed_loops > 0 {
        let _ = writeln!(text, "left out: {} closed loops, which ask when they are answered", found.closed_loops);
    }
    text.push('\n');
    text
}

fn trace_head(name: &str, trace: &TraceFacts, span: &str) -> String {
    let from = match &trace.calendar {
        Some([first, last]) => format!("from {first} to {last}"),
        None => format!("from {} s to {} s", significant(trace.first_s, 6), significant(trace.last_s, 6)),
    };
    let mut text = format!("{name}: {}, {} rows\n{from}, {span}\n", trace.format, whole(trace.rows));
    if let Some(counted) = trace.counted {
        let regions = trace.regions.join(", ");
        let _ = writeln!(
            text,
            "{} requests counted in {} regions: {regions}",
            significant(counted, 6),
            trace.regions.len()
        );
    }
    if let Some(slack) = trace.longest_slack_s {
        let _ = writeln!(text, "requests may be put off by up to {}", time(slack * 1e3));
    }
    if trace.behind_s > 0.0 {
        let behind = time(trace.behind_s * 1e3);
        let rows = whole(trace.waiting_rows as u64);
        let _ = writeln!(text, "put in order: rows lie up to {behind} behind rows above them, {rows} wait at most");
    }
    text
}

fn dispersion(arrivals: &Summary) -> String {
    let index = |index: Option<f64>| index.map_or(NONE.to_owned(), |index| significant(index, 3));
    let windows = arrivals.dispersion.iter().map(|at| format!("{} in {}", index(at.index), round(at.window_s)));
    format!("index of dispersion {} (Poisson: 1)", windows.collect::<Vec<_>>().join(", "))
}

/// A span of whole milliseconds [s] in the largest unit that divides it.
fn round(seconds: f64) -> String {
    let millis = (seconds * 1e3).round() as u64;
    let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];
    let (name, size) = units.into_iter().find(|&(_, size)| millis % size == 0).unwrap_or(("ms", 1));
    format!("{} {name}", millis / size)
}

fn gap_rows(table: &mut Table, gaps: &Gaps) {
    let span = |seconds: f64| time(seconds * 1e3);
    let cv = gaps.cv.map_or(NONE.to_owned(), |cv| significant(cv, 3));
    table.row(["gaps".to_owned(), format!("mean {}, coefficient of variation {cv} (Poisson: 1)", span(gaps.mean))]);
    let quantiles = [
        ("p1", gaps.p1),
        ("p5", gaps.p5),
        ("p25", gaps.p25),
        ("p50", gaps.p50),
        ("p75", gaps.p75),
        ("p95", gaps.p95),
        ("p99", gaps.p99),
        ("max", gaps.max),
    ];
    let told: Vec<String> = quantiles.iter().map(|&(name, value)| format!("{name} {}", span(value))).collect();
    table.row([String::new(), told.join(", ")]);
}

fn amount(amount: &Amount, text: impl Fn(f64) -> String) -> String {
    format!(
        "mean {}, min {}, p50 {}, p99 {}, max {}",
        text(amount.mean),
        text(amount.min),
        text(amount.p50),
        text(amount.p99),
        text(amount.max)
    )
}
