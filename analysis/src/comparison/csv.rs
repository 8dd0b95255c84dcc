//! A comparison as a table with a row a scheduler and figure.

use super::difference::{Difference, Figure};
use super::{Comparison, Row};

const COLUMNS: [&str; 21] = [
    "scheduler",
    "metric",
    "units",
    "value",
    "value_half_width",
    "difference_of",
    "difference",
    "half_width",
    "low",
    "high",
    "relative",
    "relative_half_width",
    "p_value",
    "p_holm",
    "wilcoxon_p",
    "equivalence_p",
    "hedges_gz",
    "bca_low",
    "bca_high",
    "between_share",
    "verdict",
];

pub(super) fn csv(comparison: &Comparison) -> String {
    let mut csv = COLUMNS.join(",") + "\n";
    for row in &comparison.schedulers {
        for (name, figure) in &row.metrics {
            line(&mut csv, &metric(row, name, figure));
        }
        for (name, spread) in &row.request_differences {
            let known = [spread.units.to_string(), cell(spread.mean), cell(spread.half_width)];
            line(&mut csv, &[vec![row.scheduler.clone(), (*name).to_owned()], known.to_vec()].concat());
        }
    }
    csv
}

fn metric(row: &Row, name: &str, figure: &Figure) -> Vec<String> {
    let mut cells = vec![row.scheduler.clone(), name.to_owned(), figure.units.to_string()];
    cells.extend([figure.value, figure.half_width].map(cell));
    let Some(difference) = &figure.difference else { return cells };
    let judgement = [row.primary, row.headline].into_iter().flatten().find(|judgement| judgement.metric == name);
    cells.push(difference.of.to_owned());
    cells.extend(numbers(difference, judgement.and_then(|judgement| judgement.p_holm)).map(cell));
    cells.push(judgement.map_or(String::new(), |judgement| judgement.verdict.to_string()));
    cells
}

fn numbers(difference: &Difference, p_holm: Option<f64>) -> [Option<f64>; 14] {
    let Difference { value, half_width, low, high, relative, relative_half_width, p_value, .. } = *difference;
    [
        Some(value),
        Some(half_width),
        Some(low),
        Some(high),
        relative,
        relative_half_width,
        Some(p_value),
        p_holm,
        difference.wilcoxon_p,
        difference.equivalence_p,
        difference.hedges_gz,
        difference.bca.map(|ends| ends[0]),
        difference.bca.map(|ends| ends[1]),
        difference.variance.and_then(|variance| variance.between_share),
    ]
}

/// The shortest digits that read back as the same number.
fn cell(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn line(csv: &mut String, cells: &[String]) {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let mut cells: Vec<String> = cells.iter().map(quoted).collect();
    cells.resize(COLUMNS.len(), String::new());
    csv.push_str(&cells.join(","));
    csv.push('\n');
}
