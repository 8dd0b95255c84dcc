//! Counts of requests by interval and region, such as Wikipedia's hours, and the arrivals that they stand for.

use std::io::BufRead;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::kernel::rng::Stream;

use super::row::TraceRow;
use super::time::Times;
use crate::error::{Problem, ReadError};
use crate::table::Table;

/// One interval.
#[derive(Debug, Default)]
struct Interval {
    at: i64,
    /// Requests of each region; a scaled trace may count in parts of one.
    counts: Vec<f64>,
}

/// A table of intervals, one after another without a gap.
#[derive(Debug)]
pub(super) struct CountTable<R> {
    table: Table<R>,
    times: Times,
    regions: Vec<usize>,
    last: Option<(i64, String)>,
    step: Option<i64>,
}

impl<R: BufRead> CountTable<R> {
    /// The regions of these names; all columns but those of time, and those without a name, where none is named.
    pub fn open(table: Table<R>, times: Times, regions: &[String]) -> Result<Self, ReadError> {
        let regions = if regions.is_empty() {
            let other = |name: &str| name.is_empty() || name.eq_ignore_ascii_case("datetime");
            let columns = table.columns().iter().enumerate();
            columns.filter(|(k, name)| *k != times.column && !other(name)).map(|(k, _)| k).collect()
        } else {
            regions.iter().map(|name| table.column(&[name])).collect::<Result<Vec<usize>, _>>()?
        };
        if regions.is_empty() {
            let present = table.columns().to_vec();
            return Err(table.fault(Problem::MissingColumn { column: "a region".to_owned(), present }));
        }
        Ok(Self { table, times, regions, last: None, step: None })
    }

    /// The length of an interval [ns], known after two of them.
    pub fn step(&self) -> Option<i64> {
        self.step
    }

    /// Names of the regions.
    pub fn regions(&self) -> Vec<String> {
        self.regions.iter().map(|&column| self.table.columns()[column].clone()).collect()
    }

    /// The next interval with its requests in all.
    pub fn next(&mut self) -> Result<Option<(i64, f64)>, ReadError> {
        let mut interval = Interval::default();
        let more = self.read(&mut interval)?;
        Ok(more.then(|| (interval.at, interval.counts.iter().sum())))
    }

    fn read(&mut self, interval: &mut Interval) -> Result<bool, ReadError> {
        let Some(row) = self.table.next()? else { return Ok(false) };
        let at = self.times.read(&row, self.last.as_ref().map(|&(at, _)| at))?;
        let text = row.text(self.times.column);
        if let Some((last, before)) = &self.last {
            let (value, before) = (text.to_owned(), before.clone());
            match (at - last, self.step) {
                (0, _) => return Err(row.fault(Problem::Duplicate { value })),
                (span, _) if span < 0 => return Err(row.fault(Problem::Backwards { value, before })),
                (span, Some(step)) if span != step => {
                    return Err(row.fault(Problem::Gap { value, before, step_s: step as f64 / 1e9 }));
                }
                (span, _) => self.step = Some(span),
            }
        }
        self.last = Some((at, text.to_owned()));
        interval.at = at;
        interval.counts.clear();
        for &region in &self.regions {
            interval.counts.push(row.number_that(region, |count| (0.0..=1e15).contains(&count), "from 0 to 1e15")?);
        }
        Ok(true)
    }
}

/// The arrivals: each region is a Poisson process whose rate over an interval is its count ÷ the interval's length.
///
/// Counts are thus met in the mean and not to the one, and counts in parts of a request make sense. The regions are
/// drawn as one process of the sum of their rates, which is the same process (superposition).
#[derive(Debug)]
pub(super) struct Counts<R> {
    table: CountTable<R>,
    step_s: f64,
    from: i64,
    interval: Interval,
    total: f64,
    /// Time into the interval [s]; beyond it before the first.
    offset_s: f64,
    stream: Stream,
    count: u64,
}

impl<R: BufRead> Counts<R> {
    /// The arrivals of all intervals that do not end before `from`, each `step` [ns] long.
    pub fn new(table: CountTable<R>, step: i64, from: i64, stream: Stream) -> Self {
        let step_s = step as f64 / 1e9;
        let interval = Interval::default();
        Self { table, step_s, from, interval, total: 0.0, offset_s: f64::INFINITY, stream, count: 0 }
    }

    pub fn next(&mut self) -> Result<Option<TraceRow>, ReadError> {
        loop {
            if self.total > 0.0 && self.offset_s < self.step_s {
                let unit: f64 = Exp1.sample(&mut self.stream);
                self.offset_s += unit * self.step_s / self.total;
                if self.offset_s < self.step_s {
                    return Ok(Some(self.arrival()));
                }
            }
            if !self.table.read(&mut self.interval)? {
                return Ok(None);
            }
            self.total = self.interval.counts.iter().sum();
            let passed = self.interval.at.saturating_add((self.step_s * 1e9) as i64) <= self.from;
            // The process forgets, so that it may start anew with each interval.
            self.offset_s = if passed { f64::INFINITY } else { 0.0 };
        }
    }

    fn arrival(&mut self) -> TraceRow {
        let mut place = self.stream.random::<f64>() * self.total;
        let counts = self.interval.counts.iter();
        let region = counts.take_while(|&&count| {
            place -= count;
            place >= 0.0
        });
        // Rounding may leave a rest after the last region.
        let region = region.count().min(self.interval.counts.len() - 1);
        let at = self.interval.at.saturating_add((self.offset_s * 1e9).round() as i64);
        let row = TraceRow { row: self.count, at, region: Some(region), ..TraceRow::default() };
        self.count += 1;
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::mmpp::tests::stream;
    use jiff::Timestamp;

    const TEXT: &str = "timestamp,datetime,a,b\r\n3600,x,400,0\r\n7200,x,0,0\r\n10800,x,100.5,300\r\n";

    fn table<'t>(text: &'t str, regions: &[String]) -> Result<CountTable<&'t [u8]>, ReadError> {
        let times = Times { column: 0, unit_ns: 1_000_000_000, zone: None, zero: Timestamp::UNIX_EPOCH };
        CountTable::open(Table::open(text.as_bytes(), "c.csv")?, times, regions)
    }

    #[test]
    fn arrivals_of_many_draws_meet_the_counts_and_are_poisson() {
        let (hour, draws) = (3_600_000_000_000, 2000);
        let mut counts = [[0.0f64; 2]; 3];
        let mut squares = 0.0;
        for seed in 0..draws {
            let mut process = Counts::new(table(TEXT, &[]).unwrap(), hour, i64::MIN, stream(seed));
            let rows: Vec<TraceRow> = std::iter::from_fn(|| process.next().unwrap()).collect();
            assert!(rows.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].row + 1 == pair[1].row));
            let first = rows.iter().filter(|row| row.at < 2 * hour).count() as f64;
            squares += (first - 400.0).powi(2);
            rows.iter().for_each(|row| counts[(row.at / hour - 1) as usize][row.region.unwrap()] += 1.0);
        }
        // Five standard errors of a Poisson mean: 5·√(λ/n); of its variance 5·√(2/n) relative.
        for (got, expected) in counts.as_flattened().iter().zip([400.0f64, 0.0, 0.0, 0.0, 100.5, 300.0]) {
            let error = 5.0 * (expected / draws as f64).sqrt();
            assert!((got / draws as f64 - expected).abs() <= error, "{got} of {expected}");
        }
        assert!((squares / draws as f64 / 400.0 - 1.0).abs() < 0.16, "{squares}");
    }

    #[test]
    fn hours_of_local_time_go_on_over_both_changes_of_clocks() {
        let madrid = crate::calendar::time_zone("Europe/Madrid");
        let steps = |hours: &str| {
            let rows: String = hours.split(' ').map(|hour| format!("{hour}:00,,1\n")).collect();
            let text = format!("timestamp,datetime,a\n{}", rows.replace('_', " "));
            let mut counts = table(&text, &[]).unwrap();
            counts.times.zone = madrid.clone();
            let first = counts.next().unwrap().unwrap().0;
            let after = |(at, _)| (at - first) / 3_600_000_000_000;
            std::iter::from_fn(|| counts.next().unwrap()).map(after).collect::<Vec<_>>()
        };
        let autumn = "2022-10-30_01 2022-10-30_02 2022-10-30_02 2022-10-30_03";
        assert_eq!(steps(autumn), [1, 2, 3]);
        assert_eq!(steps("2022-03-27_00 2022-03-27_01 2022-03-27_03 2022-03-27_04"), [1, 2, 3]);
    }

    #[test]
    fn named_regions_are_read_in_their_order_and_hours_that_are_over_are_left_out() {
        let table = table(TEXT, &["b".to_owned(), "a".to_owned()]).unwrap();
        assert_eq!(table.regions(), ["b", "a"]);
        let mut process = Counts::new(table, 3_600_000_000_000, 7_200_000_000_000, stream(1));
        let first = process.next().unwrap().unwrap();
        assert!(first.at >= 10_800_000_000_000 && first.row == 0);
    }

    #[test]
    fn what_is_no_series_of_counts_is_refused() {
        let refused = |rows: &str| {
            let text = format!("timestamp,datetime,a\n3600,,1\n7200,,1\n{rows}\n");
            let mut table = table(&text, &[]).unwrap();
            std::iter::from_fn(|| table.next().transpose()).find_map(Result::err).unwrap().to_string()
        };
        assert!(refused("14400,,1").starts_with("c.csv:4: a gap: `14400` follows `7200`"));
        assert_eq!(refused("7200,,1"), "c.csv:4: `7200` comes twice");
        assert!(refused("0,,1").contains("backwards"));
        assert_eq!(refused("10800,,-1"), "c.csv:4: `a` is `-1`, but it must be from 0 to 1e15");
        assert!(refused("10800,,").contains("`a` is empty"));
        assert!(table(TEXT, &["c".to_owned()]).unwrap_err().to_string().contains("no column `c`"));
        assert!(table("timestamp,datetime\n", &[]).unwrap_err().to_string().contains("no column `a region`"));
    }
}
