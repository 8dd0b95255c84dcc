//! Arrivals of a recorded trace, read as they are needed.
//!
//! A trace is a table with columns `timestamp`, `model`, `origin`, and if wanted `class` and `work`. A timestamp is
//! ISO 8601 (UTC, or with an offset) or a number of seconds after the start; they must not go backwards. Since an
//! arrival source cannot fail, a trace is read twice: [`check`] says all that is wrong with it, and a [`Replay`] of
//! what was checked cannot fail any more.

use std::io::BufRead;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::units::SimTime;

use crate::calendar::{parse_instant, sim_time};
use crate::error::{Problem, ReadError};
use crate::table::{Row, Table};

/// What the names in a trace mean.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Devices by name.
    pub origins: IndexMap<String, DeviceId>,
    /// Models by name.
    pub models: IndexMap<String, ModelId>,
    /// Request classes by name; a row without a class has the first one.
    pub classes: IndexMap<String, RequestClassId>,
}

/// What a trace holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayStats {
    /// Number of arrivals.
    pub arrivals: u64,
    /// The first arrival.
    pub first: SimTime,
    /// The last arrival.
    pub last: SimTime,
}

/// Reads a whole trace and keeps nothing of it but counts.
///
/// `start` is the instant in the trace that becomes the epoch of the simulation.
///
/// # Errors
/// The first row that a replay could not replay, or a trace without a row.
pub fn check(reader: impl BufRead, file: &str, names: &Arc<Names>, start: Timestamp) -> Result<ReplayStats, ReadError> {
    let mut rows = Rows::open(reader, file, names, start)?;
    let mut stats: Option<ReplayStats> = None;
    while let Some(arrival) = rows.next()? {
        let so_far = stats.get_or_insert(ReplayStats { arrivals: 0, first: arrival.at, last: arrival.at });
        so_far.arrivals += 1;
        so_far.last = arrival.at;
    }
    stats.ok_or_else(|| rows.table.fault(Problem::TooShort { rows: 0, needed: 1 }))
}

/// A trace as an arrival source; it holds one row at a time.
#[derive(Debug)]
pub struct Replay<R> {
    rows: Rows<R>,
    head: Option<Arrival>,
    until: SimTime,
}

impl<R: BufRead> Replay<R> {
    /// The arrivals of a trace that [`check`] has accepted with the same names and start.
    ///
    /// A row that a check would have refused ends the program with that message.
    ///
    /// # Errors
    /// If the header or the first row is wrong.
    pub fn new(reader: R, file: &str, names: &Arc<Names>, start: Timestamp) -> Result<Self, ReadError> {
        let mut rows = Rows::open(reader, file, names, start)?;
        let head = rows.next()?;
        Ok(Self { rows, head, until: SimTime::NEVER })
    }

    /// The same trace without any arrival at or after `until`.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }
}

impl<R: BufRead> ArrivalSource for Replay<R> {
    fn peek(&mut self) -> Option<SimTime> {
        self.head.map(|arrival| arrival.at).filter(|&at| at < self.until)
    }

    fn next(&mut self) -> Option<Arrival> {
        self.peek()?;
        let next = self.rows.next().expect("invariant: a trace is checked before it is replayed");
        std::mem::replace(&mut self.head, next)
    }

    /// Nobody waits in a trace.
    fn completed(&mut self, _client: ClientId, _at: SimTime) {}
}

/// The rows of a trace as arrivals.
#[derive(Debug)]
struct Rows<R> {
    table: Table<R>,
    columns: Columns,
    names: Arc<Names>,
    start: Timestamp,
    last: Option<(SimTime, String)>,
}

/// Where the table keeps what.
#[derive(Clone, Copy, Debug)]
struct Columns {
    timestamp: usize,
    model: usize,
    origin: usize,
    class: Option<usize>,
    work: Option<usize>,
}

impl<R: BufRead> Rows<R> {
    fn open(reader: R, file: &str, names: &Arc<Names>, start: Timestamp) -> Result<Self, ReadError> {
        let table = Table::open(reader, file)?;
        let columns = Columns {
            timestamp: table.column(&["timestamp"])?,
            model: table.column(&["model"])?,
            origin: table.column(&["origin"])?,
            class: table.optional("class"),
            work: table.optional("work"),
        };
        Ok(Self { table, columns, names: Arc::clone(names), start, last: None })
    }

    fn next(&mut self) -> Result<Option<Arrival>, ReadError> {
        let Some(row) = self.table.next()? else { return Ok(None) };
        let arrival = self.columns.arrival(&row, &self.names, self.start)?;
        let text = row.text(self.columns.timestamp);
        match &mut self.last {
            Some((last, before)) if arrival.at < *last => {
                return Err(row.fault(Problem::Backwards { value: text.to_owned(), before: before.clone() }));
            }
            Some((last, before)) => {
                *last = arrival.at;
                before.clear();
                before.push_str(text);
            }
            None => self.last = Some((arrival.at, text.to_owned())),
        }
        Ok(Some(arrival))
    }
}

impl Columns {
    fn arrival(&self, row: &Row, names: &Names, start: Timestamp) -> Result<Arrival, ReadError> {
        Ok(Arrival {
            at: instant(row, self.timestamp, start)?,
            origin: named(row, self.origin, &names.origins)?,
            model: named(row, self.model, &names.models)?,
            class: self.class(row, names)?,
            work: self.work(row)?,
            input: None,
            client: None,
        })
    }

    fn class(&self, row: &Row, names: &Names) -> Result<RequestClassId, ReadError> {
        match self.class.filter(|&column| !row.text(column).is_empty()) {
            Some(column) => named(row, column, &names.classes),
            None => Ok(names.classes.first().map_or(RequestClassId(0), |(_, &id)| id)),
        }
    }

    /// An empty work is one.
    fn work(&self, row: &Row) -> Result<f64, ReadError> {
        match self.work.filter(|&column| !row.text(column).is_empty()) {
            Some(column) => row.number_that(column, |work| work > 0.0, "positive"),
            None => Ok(1.0),
        }
    }
}

/// The simulated time of a cell: seconds after the start, or an instant of the calendar.
fn instant(row: &Row, column: usize, start: Timestamp) -> Result<SimTime, ReadError> {
    let text = row.filled(column)?;
    let before_start = || row.fault(Problem::BeforeStart { value: text.to_owned() });
    if text.parse::<f64>().is_ok() {
        let seconds = row.number(column)?;
        return if seconds < 0.0 { Err(before_start()) } else { Ok(SimTime::from_secs(seconds)) };
    }
    let instant = parse_instant(text, &TimeZone::UTC, None)
        .map_err(|reason| row.fault(Problem::BadTime { column: row.name(column), value: text.to_owned(), reason }))?;
    sim_time(start, instant).ok_or_else(before_start)
}

fn named<T: Copy>(row: &Row, column: usize, known: &IndexMap<String, T>) -> Result<T, ReadError> {
    let text = row.filled(column)?;
    known.get(text).copied().ok_or_else(|| {
        row.fault(Problem::UnknownName {
            column: row.name(column),
            value: text.to_owned(),
            known: known.keys().cloned().collect(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::open_loop::tests::drained;

    fn names() -> Arc<Names> {
        Arc::new(Names {
            origins: [("cam-1".to_owned(), DeviceId(4)), ("cam-2".to_owned(), DeviceId(7))].into(),
            models: [("resnet50".to_owned(), ModelId(1))].into(),
            classes: [("interactive".to_owned(), RequestClassId(3)), ("batch".to_owned(), RequestClassId(2))].into(),
        })
    }

    fn start() -> Timestamp {
        "2023-11-16T18:00:00Z".parse().unwrap()
    }

    fn refused(text: &str) -> String {
        check(text.as_bytes(), "trace.csv", &names(), start()).unwrap_err().to_string()
    }

    #[test]
    fn a_checked_trace_replays_its_rows_in_order() {
        let text = "\u{feff}timestamp,model,origin,class,work\r\n2023-11-16T18:00:01.5Z,resnet50,cam-2,,\r\n\
                    2023-11-16T19:00:01.5+01:00,resnet50,cam-1,batch,2.5\r\n\
                    2023-11-16 18:00:02.0000001,resnet50,cam-1,,";
        let stats = check(text.as_bytes(), "trace.csv", &names(), start()).unwrap();
        let (first, last) = (SimTime(1_500_000_000), SimTime(2_000_000_100));
        assert_eq!(stats, ReplayStats { arrivals: 3, first, last });
        let mut replay = Replay::new(text.as_bytes(), "trace.csv", &names(), start()).unwrap();
        assert_eq!(replay.peek(), Some(first));
        let arrivals = drained(&mut replay);
        assert_eq!(
            arrivals.iter().map(|a| (a.at, a.origin.0, a.class.0, a.work)).collect::<Vec<_>>(),
            [(first, 7, 3, 1.0), (first, 4, 2, 2.5), (last, 4, 3, 1.0)]
        );
    }

    #[test]
    fn seconds_are_counted_from_the_start() {
        let text = "timestamp,model,origin\n0,resnet50,cam-1\n0.25,resnet50,cam-1\n1e3,resnet50,cam-1\n";
        let stats = check(text.as_bytes(), "trace.csv", &names(), start()).unwrap();
        assert_eq!((stats.first, stats.last), (SimTime::ZERO, SimTime::from_secs(1000.0)));
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_line_and_value() {
        let head = "timestamp,model,origin\n5,resnet50,cam-1\n";
        let row = |row: &str| refused(&format!("{head}{row}\n"));
        assert_eq!(row("4.5,resnet50,cam-1"), "trace.csv:3: time goes backwards, from `5` to `4.5`");
        assert_eq!(
            row("6,resnet50,cam-9"),
            "trace.csv:3: `origin` is `cam-9`, which is unknown; known are `cam-1`, `cam-2`"
        );
        assert!(row("6,resnet51,cam-1").contains("`model` is `resnet51`"));
        assert!(row("noon,resnet50,cam-1").starts_with("trace.csv:3: `timestamp` is `noon`, which is not an instant"));
        assert!(row("NaN,resnet50,cam-1").contains("not a finite number"));
        assert!(row("2023-11-16T17:59:59Z,resnet50,cam-1").contains("before the start"));
        assert!(refused("timestamp,model\n").contains("no column `origin`; the columns are `timestamp`, `model`"));
        assert_eq!(refused("timestamp,model,origin\n"), "trace.csv: 0 rows are too few: 1 are needed");
    }
}
