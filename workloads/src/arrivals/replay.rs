//! Arrivals of a recorded trace, read as they are needed.
//!
//! A trace is a table in one of the formats of [`format`]. What its rows do not tell (model, class, origin, work,
//! input) comes from the source's mix, drawn by the number of the row. Since an arrival source cannot fail, a trace is
//! read twice: a [`survey`] says all that is wrong with it, and a [`Replay`] of what was surveyed cannot fail any more.
//! Either holds one row at a time, or as many as a file's disorder asks for.

mod azure_functions;
mod counts;
pub mod format;
pub mod options;
mod own;
mod reorder;
pub mod row;
mod rows;
pub mod slack;
pub mod survey;
mod time;
mod timed;

use std::io::BufRead;

use rand::RngExt;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::kernel::rng::{Family, Purpose, Streams};
use sim_core::units::SimTime;

use super::mix::{Luck, Lucks, Mix};
use super::origins::Origins;
use crate::error::{ParameterError, ReadError, positive, within};
use crate::table::Table;
use options::TraceOptions;
use row::{Known, TraceRow};
use rows::Rows;
use survey::Survey;

/// A trace that was surveyed: it can be replayed as often as needed.
#[derive(Clone, Debug)]
pub struct Trace {
    file: String,
    options: TraceOptions,
    known: Known,
    /// What it holds.
    pub survey: Survey,
}

impl Trace {
    /// Surveys a trace that `open` opens, once or twice; `file` is the name that errors show.
    ///
    /// # Errors
    /// What [`Survey::of`] finds.
    pub fn survey<R: BufRead>(
        open: impl FnMut() -> std::io::Result<R>, file: &str, options: TraceOptions, known: Known,
    ) -> Result<Self, ReadError> {
        let survey = Survey::of(open, file, &options, &known)?;
        Ok(Self { file: file.to_owned(), options, known, survey })
    }

    /// Before this instant of the simulation it has no arrival: its first one's, or the epoch if that lies in the trace.
    #[must_use]
    pub fn begins(&self, scaling: Scaling) -> SimTime {
        let after = self.survey.first.saturating_sub(self.survey.start);
        u64::try_from(after).map_or(SimTime::ZERO, |after| scaling.time(after))
    }
}

/// What rows leave open.
#[derive(Clone, Debug)]
pub struct Blanks {
    /// Model, class, work, input and origin of rows that tell none.
    pub mix: Mix,
    /// Of counts: who asks in each region; the mix says it if empty.
    pub regions: Vec<Origins>,
}

/// A trace made faster or slower, and thinner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    speed: f64,
    keep: f64,
}

impl Scaling {
    /// As it was recorded.
    pub const NONE: Self = Self { speed: 1.0, keep: 1.0 };

    /// With gaps divided by `speed`, so that the rate is multiplied by it, and each row kept with a probability `keep`.
    ///
    /// # Errors
    /// If the speed is not positive, or the probability not in (0, 1].
    pub fn new(speed: f64, keep: f64) -> Result<Self, ParameterError> {
        let speed = positive("scale", speed)?;
        let keep = within("share of rows", keep, keep > 0.0 && keep <= 1.0, "more than 0 and at most 1")?;
        Ok(Self { speed, keep })
    }

    /// The simulated time [ns] of what comes so many nanoseconds after the start.
    fn time(self, after_ns: u64) -> SimTime {
        // Integers are exact beyond what a float holds.
        if self.speed == 1.0 { SimTime(after_ns) } else { SimTime((after_ns as f64 / self.speed).round() as u64) }
    }
}

/// A trace as an arrival source.
///
/// Whether a row is kept depends on its number and nothing else: a thinner replay is a part of a thicker one, and the
/// contents of a row stay the same.
#[derive(Debug)]
pub struct Replay<R> {
    rows: Rows<R>,
    blanks: Blanks,
    scaling: Scaling,
    start: i64,
    lucks: Lucks,
    thin: Family,
    head: Option<Arrival>,
    until: SimTime,
}

impl<R: BufRead> Replay<R> {
    /// The arrivals of a trace, as source number `source`.
    ///
    /// A row that the survey would have refused ends the program with that message.
    ///
    /// # Errors
    /// If the header or the first row is wrong.
    pub fn new(
        reader: R, trace: &Trace, blanks: Blanks, scaling: Scaling, streams: Streams, source: u32,
    ) -> Result<Self, ReadError> {
        let stream = streams.stream(Purpose::Arrivals, u64::from(source));
        let rows = Rows::open(Table::open(reader, &trace.file)?, trace, stream)?;
        let start = trace.survey.start;
        let (lucks, thin) = (Lucks::new(streams, u64::from(source)), streams.family(Purpose::Thin, u64::from(source)));
        let mut this = Self { rows, blanks, scaling, start, lucks, thin, head: None, until: SimTime::NEVER };
        this.head = this.read()?;
        Ok(this)
    }

    /// The same trace without any arrival at or after `until`.
    #[must_use]
    pub fn until(mut self, until: SimTime) -> Self {
        self.until = until;
        self
    }

    /// The next row that is kept.
    fn read(&mut self) -> Result<Option<Arrival>, ReadError> {
        while let Some(row) = self.rows.next()? {
            let Some(after) = row.at.checked_sub(self.start).and_then(|after| u64::try_from(after).ok()) else {
                continue;
            };
            let luck = self.lucks.of(row.row);
            if self.scaling.keep == 1.0 || self.thin.part(row.row).random::<f64>() < self.scaling.keep {
                return Ok(Some(self.blanks.arrival(&row, luck, self.scaling.time(after))));
            }
        }
        Ok(None)
    }
}

impl Blanks {
    fn arrival(&self, row: &TraceRow, luck: Luck, at: SimTime) -> Arrival {
        let drawn = match row.region.and_then(|region| self.regions.get(region)) {
            Some(origins) => self.mix.arrival_from(origins, luck, at),
            None => self.mix.arrival(luck, at),
        };
        Arrival {
            model: row.model.unwrap_or(drawn.model),
            class: row.class.unwrap_or(drawn.class),
            origin: row.origin.unwrap_or(drawn.origin),
            work: row.work.unwrap_or(drawn.work),
            input: row.input.or(drawn.input),
            slack: row.slack,
            deadline: row.deadline,
            ..drawn
        }
    }
}

impl<R: BufRead> ArrivalSource for Replay<R> {
    fn peek(&mut self) -> Option<SimTime> {
        self.head.map(|arrival| arrival.at).filter(|&at| at < self.until)
    }

    fn next(&mut self) -> Option<Arrival> {
        self.peek()?;
        let next = self.read().expect("invariant: a trace is surveyed before it is replayed");
        std::mem::replace(&mut self.head, next)
    }

    /// Nobody waits in a trace.
    fn completed(&mut self, _client: ClientId, _at: SimTime) {}
}

#[cfg(test)]
mod tests {
    use super::row::Names;
    use super::*;
    use crate::arrivals::draw::Draw;
    use crate::arrivals::mix::Contents;
    use crate::arrivals::open_loop::tests::{any_mix, drained};
    use proptest::prelude::*;
    use sim_core::ids::{DeviceId, ModelId, RequestClassId};
    use sim_core::units::{Bytes, SimDuration};
    use std::sync::Arc;

    fn names() -> Known {
        Some(Arc::new(Names {
            origins: [("cam-1".to_owned(), DeviceId(4)), ("cam-2".to_owned(), DeviceId(7))].into(),
            models: [("resnet50".to_owned(), ModelId(1))].into(),
            classes: [("interactive".to_owned(), RequestClassId(0)), ("batch".to_owned(), RequestClassId(2))].into(),
        }))
    }

    fn options() -> TraceOptions {
        TraceOptions { epoch: "2023-11-16T18:00:00Z".parse().unwrap(), ..TraceOptions::default() }
    }

    fn surveyed(text: &str, options: TraceOptions) -> Result<Trace, ReadError> {
        Trace::survey(|| Ok(text.as_bytes()), "trace.csv", options, names())
    }

    fn refused(text: &str, options: TraceOptions) -> String {
        surveyed(text, options).unwrap_err().to_string()
    }

    /// All arrivals with plain contents from device 9, or from device 3 in every region.
    fn replayed(text: &str, options: TraceOptions, scaling: Scaling) -> Vec<Arrival> {
        let mix = Mix::new(Origins::only(DeviceId(9)), Contents::plain(ModelId(5), RequestClassId(0)));
        replayed_with(text, options, scaling, Blanks { mix, regions: vec![Origins::only(DeviceId(3))] })
    }

    fn replayed_with(text: &str, options: TraceOptions, scaling: Scaling, blanks: Blanks) -> Vec<Arrival> {
        let trace = surveyed(text, options).unwrap();
        let mut replay = Replay::new(text.as_bytes(), &trace, blanks, scaling, Streams::new(1, 0), 0).unwrap();
        drained(&mut replay)
    }

    const OWN: &str = "\u{feff}timestamp,model,origin,class,work,input_bytes\r\n\
        2023-11-16T18:00:01.5Z,resnet50,cam-2,,,\r\n\
        2023-11-16T19:00:01.5+01:00,resnet50,cam-1,batch,2.5,3000\r\n\
        2023-11-16 18:00:02.0000001,resnet50,cam-1,,,";

    #[test]
    fn a_surveyed_trace_replays_its_rows_in_order() {
        let trace = surveyed(OWN, options()).unwrap();
        let (first, last) = (1_500_000_000, 2_000_000_100);
        assert_eq!((trace.survey.rows, trace.survey.first, trace.survey.last), (3, first, last));
        let arrivals = replayed(OWN, options(), Scaling::NONE);
        assert_eq!(
            arrivals.iter().map(|a| (a.at.0 as i64, a.model.0, a.origin.0, a.class.0, a.work)).collect::<Vec<_>>(),
            [(first, 1, 7, 0, 1.0), (first, 1, 4, 2, 2.5), (last, 1, 4, 0, 1.0)]
        );
        assert_eq!(arrivals.iter().map(|a| a.input).collect::<Vec<_>>(), [None, Some(Bytes(3000.0)), None]);
    }

    #[test]
    fn a_row_may_bring_its_own_slack_and_deadline() {
        let text = "timestamp,model,origin,slack_s,deadline_s\n0,resnet50,cam-1,3600,\n1,resnet50,cam-1,,7200.5\n\
                    2,resnet50,cam-1,0.25,1\n";
        let told: Vec<_> = replayed(text, options(), Scaling::NONE).iter().map(|a| (a.slack, a.deadline)).collect();
        let secs = SimDuration::from_secs;
        let expected = [(Some(secs(3600.0)), None), (None, Some(secs(7200.5))), (Some(secs(0.25)), Some(secs(1.0)))];
        assert_eq!(told, expected);
        assert_eq!(slack::longest_slack(text.as_bytes()), Some(secs(3600.0)));
        assert_eq!(surveyed(text, options()).unwrap().survey.slack, Some(secs(3600.0)));
        assert_eq!(slack::longest_slack(OWN.as_bytes()), None);
        let broken = refused("timestamp,model,origin,slack_s\n0,resnet50,cam-1,-1\n", options());
        assert!(broken.starts_with("trace.csv:2: `slack_s` is `-1`"), "{broken}");
    }

    #[test]
    fn seconds_are_counted_from_the_start() {
        let text = "timestamp,model,origin\n0,resnet50,cam-1\n0.25,resnet50,cam-1\n1e3,resnet50,cam-1\n";
        let times: Vec<u64> = replayed(text, options(), Scaling::NONE).iter().map(|a| a.at.0).collect();
        assert_eq!(times, [0, 250_000_000, 1_000_000_000_000]);
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_line_and_value() {
        let row = |row: &str| refused(&format!("timestamp,model,origin\n5,resnet50,cam-1\n{row}\n"), options());
        assert_eq!(row("4.5,resnet50,cam-1"), "trace.csv:3: time goes backwards, from `5` to `4.5`");
        assert_eq!(
            row("6,resnet50,cam-9"),
            "trace.csv:3: `origin` is `cam-9`, which is unknown; known are `cam-1`, `cam-2`"
        );
        assert!(row("6,resnet51,cam-1").contains("`model` is `resnet51`"));
        assert!(row("noon,resnet50,cam-1").starts_with("trace.csv:3: `timestamp` is `noon`, which is not an instant"));
        assert!(row("NaN,resnet50,cam-1").contains("not a finite number"));
        assert!(row("2023-11-16T17:59:59Z,resnet50,cam-1").contains("before the start"));
        let lacking = refused("timestamp,model\n", options());
        assert!(lacking.contains("no column `origin`; the columns are `timestamp`, `model`"), "{lacking}");
        assert_eq!(refused("timestamp,model,origin\n", options()), "trace.csv: 0 rows are too few: 1 are needed");
    }

    const LLM: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n\
        2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:51.2224671,879,55";

    #[test]
    fn a_trace_without_models_starts_with_its_first_row_and_tokens_become_work() {
        let work = TraceOptions {
            work_column: Some("GeneratedTokens".to_owned()),
            work_per: 100.0,
            ..TraceOptions::default()
        };
        let arrivals = replayed(LLM, work, Scaling::NONE);
        let told: Vec<_> = arrivals.iter().map(|a| (a.at.0, a.model.0, a.origin.0, a.work)).collect();
        assert_eq!(told, [(0, 5, 9, 0.44), (4_314_579_000, 5, 9, 1.09), (4_541_877_100, 5, 9, 0.55)]);
    }

    #[test]
    fn rows_before_a_stated_start_are_left_out_and_gaps_are_divided() {
        let later = TraceOptions { start: Some("2023-11-16 18:15:50.9951690".to_owned()), ..TraceOptions::default() };
        let times = |options, scaling| replayed(LLM, options, scaling).iter().map(|a| a.at.0).collect::<Vec<_>>();
        assert_eq!(times(later.clone(), Scaling::NONE), [0, 227_298_100]);
        assert_eq!(times(later, Scaling::new(2.0, 1.0).unwrap()), [0, 113_649_050]);
        let end = TraceOptions { start: Some("2024-01-01T00:00:00Z".to_owned()), ..TraceOptions::default() };
        assert_eq!(refused(LLM, end), "trace.csv: the trace ends before its start `2024-01-01T00:00:00Z`");
        let word = TraceOptions { start: Some("later".to_owned()), ..TraceOptions::default() };
        assert!(refused(LLM, word).contains("`start` is `later`, which is not an instant"));
    }

    #[test]
    fn local_times_need_a_zone_and_pass_both_changes_of_clocks() {
        let options = |zone: Option<&str>| TraceOptions {
            time_column: Some("t".to_owned()),
            timezone: zone.map(|zone| crate::calendar::time_zone(zone).unwrap()),
            ..TraceOptions::default()
        };
        let autumn = "t\n2022-10-30 02:00\n2022-10-30 02:30\n2022-10-30 02:30\n2022-10-30 02:15\n2022-10-30 03:00\n";
        let hours: Vec<f64> = replayed(autumn, options(Some("Europe/Madrid")), Scaling::NONE)
            .iter()
            .map(|a| a.at.as_secs() / 3600.0)
            .collect();
        assert_eq!(hours, [0.0, 0.5, 0.5, 1.25, 2.0]);
        assert!(refused(autumn, options(None)).contains("trace.csv:2: `t` is `2022-10-30 02:00`"));
        assert!(refused(autumn, options(None)).contains("no timezone is given"));
        assert!(refused("t\n2022-03-27 02:30\n", options(Some("Europe/Madrid"))).contains("skip"));
    }

    #[test]
    fn an_invocation_starts_its_duration_before_its_end() {
        let text = "app,func,end_timestamp,duration\na,f,60.5,0.25\na,f,130,100\na,g,61,0\n";
        let trace = surveyed(text, TraceOptions::default()).unwrap();
        assert_eq!((trace.survey.lag, trace.survey.waiting), (30_250_000_000, 2));
        let work = TraceOptions { work_column: Some("duration".to_owned()), ..TraceOptions::default() };
        let told: Vec<_> = replayed(text, work, Scaling::NONE).iter().map(|a| (a.at.as_secs(), a.work)).collect();
        assert_eq!(told, [(0.0, 100.0), (30.25, 0.25), (31.0, 0.0)]);
        let ages = "end_timestamp,duration\n9e9,0\n1,9e9\n";
        assert!(refused(ages, TraceOptions::default()).contains("at most 292 years"));
        let negative = "app,func,end_timestamp,duration\na,f,1,-2\n";
        assert!(refused(negative, TraceOptions::default()).contains("trace.csv:2: `duration` is `-2`"));
    }

    #[test]
    fn requests_of_a_region_come_from_its_own_origins() {
        let text = "timestamp,datetime,a,b\n0,x,40,40\n3600,x,40,40\n";
        let arrivals = replayed(text, TraceOptions::default(), Scaling::NONE);
        assert!(
            arrivals.len() > 80 && arrivals.iter().any(|a| a.origin.0 == 3) && arrivals.iter().any(|a| a.origin.0 == 9)
        );
        let slower = replayed(text, TraceOptions::default(), Scaling::new(0.5, 1.0).unwrap());
        assert_eq!(slower.len(), arrivals.len());
        assert!(slower.iter().zip(&arrivals).all(|(slow, fast)| slow.at.0 == 2 * fast.at.0));
    }

    /// A plain table of times a second apart.
    fn seconds(rows: u32) -> String {
        std::iter::once("t\n".to_owned()).chain((0..rows).map(|k| format!("{k}\n"))).collect()
    }

    #[test]
    fn a_thinner_replay_is_a_part_of_a_thicker_one_and_keeps_the_contents_of_its_rows() {
        let options = || TraceOptions { time_column: Some("t".to_owned()), ..TraceOptions::default() };
        let kept = |share| {
            let blanks = Blanks { mix: any_mix(), regions: Vec::new() };
            replayed_with(&seconds(20_000), options(), Scaling::new(1.0, share).unwrap(), blanks)
        };
        let (tenth, half, all) = (kept(0.1), kept(0.5), kept(1.0));
        assert_eq!(all.len(), 20_000);
        assert!(
            tenth.iter().all(|row| half.contains(row)) && half.iter().all(|row| *row == all[row.at.as_secs() as usize])
        );
        // Five standard deviations √(n p (1−p)): 212 and 354.
        assert!(tenth.len().abs_diff(2000) < 212 && half.len().abs_diff(10_000) < 354);
    }

    #[test]
    fn sizes_of_inputs_are_drawn_for_rows_that_tell_none() {
        let contents = Contents::plain(ModelId(0), RequestClassId(0)).with_input(Draw::constant(2e5).unwrap());
        let blanks = Blanks { mix: Mix::new(Origins::only(DeviceId(0)), contents), regions: Vec::new() };
        let inputs: Vec<_> =
            replayed_with(OWN, options(), Scaling::NONE, blanks).iter().map(|a| a.input.unwrap().0).collect();
        assert_eq!(inputs, [2e5, 3000.0, 2e5]);
    }

    proptest! {
        #[test]
        fn any_text_is_replayed_or_refused_and_nothing_else(
            header in prop::sample::select(vec![
                "timestamp,model,origin\n", "TIMESTAMP,ContextTokens,GeneratedTokens\n",
                "app,func,end_timestamp,duration\n", "timestamp,datetime,a\n", "t\n", "",
            ]),
            rows in prop::collection::vec("[-0-9e.,:TZ+ \"\r\na]{0,30}", 0..6),
            named in any::<bool>(),
        ) {
            let text = format!("{header}{}", rows.join("\n"));
            let time_column = named.then(|| "t".to_owned());
            let options = TraceOptions { time_column, ..options() };
            if let Ok(trace) = surveyed(&text, options) {
                let blanks = Blanks { mix: any_mix(), regions: Vec::new() };
                let mut replay =
                    Replay::new(text.as_bytes(), &trace, blanks, Scaling::NONE, Streams::new(1, 0), 0).unwrap();
                let mut last = SimTime::ZERO;
                for arrival in std::iter::from_fn(|| replay.next()).take(1000) {
                    prop_assert!(arrival.at >= last);
                    last = arrival.at;
                }
            }
        }
    }
}
