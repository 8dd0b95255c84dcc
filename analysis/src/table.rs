//! A table of text cells in aligned columns, for every listing on a terminal.

use std::fmt;

/// Longest cell of all columns but the last: what is longer ends in an ellipsis.
const WIDEST: usize = 44;

/// Which side the cells of a column lean to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Names.
    Left,
    /// Figures.
    Right,
}

/// Headers and rows; displayed with two spaces before each line and between columns, without trailing spaces.
#[derive(Clone, Debug)]
pub struct Table {
    headers: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; no line of headers is shown if all are empty.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let (headers, aligns) = columns.iter().map(|&(header, align)| (clip(header.to_owned()), align)).unzip();
        Self { headers, aligns, rows: Vec::new() }
    }

    /// The same table with one more row; missing cells are empty.
    #[must_use]
    pub fn with<S: Into<String>>(mut self, cells: impl IntoIterator<Item = S>) -> Self {
        self.row(cells);
        self
    }

    /// Adds a row; missing cells are empty, cells beyond the columns are left out.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        // The last column is where sentences and sources stand: nothing is cut from it.
        let last = self.aligns.len().saturating_sub(1);
        let cells = cells.into_iter().take(last + 1).enumerate();
        self.rows.push(cells.map(|(k, cell)| if k == last { cell.into() } else { clip(cell.into()) }).collect());
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headers.iter().map(|header| width(header)).collect();
        for row in &self.rows {
            row.iter().zip(&mut widths).for_each(|(cell, widest)| *widest = width(cell).max(*widest));
        }
        widths
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, cells: &[String], widths: &[usize]) -> fmt::Result {
        let mut line = String::new();
        for ((cell, &widest), align) in cells.iter().zip(widths).zip(&self.aligns) {
            let gap = " ".repeat(widest - width(cell));
            match align {
                Align::Left => line.extend(["  ", cell, &gap]),
                Align::Right => line.extend(["  ", &gap, cell]),
            }
        }
        writeln!(f, "{}", line.trim_end())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        if self.headers.iter().any(|header| !header.is_empty()) {
            self.line(f, &self.headers, &widths)?;
        }
        self.rows.iter().try_for_each(|row| self.line(f, row, &widths))
    }
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

fn clip(cell: String) -> String {
    if width(&cell) <= WIDEST {
        return cell;
    }
    cell.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_cells() {
        let table = Table::new(&[("name", Align::Left), ("g/kWh", Align::Right)])
            .with(["Île-de-France", "56"])
            .with(["PL", "1,662"])
            .with(["x".repeat(99)]);
        let lines: Vec<String> = table.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines[0], format!("  name{}  g/kWh", " ".repeat(WIDEST - 4)));
        assert_eq!(lines[1], format!("  Île-de-France{}     56", " ".repeat(WIDEST - 13)));
        assert_eq!(lines[2], format!("  PL{}  1,662", " ".repeat(WIDEST - 2)));
        assert_eq!(lines[3], format!("  {}…", "x".repeat(WIDEST - 1)));
    }
}
