//! Long jobs that people submit on workdays, each with the slack until somebody looks at its result.
//!
//! The jobs of Let's Wait Awhile, scenario II (Wiesner et al., Middleware 2021, arXiv 2110.13234, after the authors'
//! `generate_batch_jobs` and `_forecast_duration` at github.com/dos-group/lets-wait-awhile): a workday drawn uniformly,
//! a start drawn uniformly from its half-hours between 9:00 and 17:00, a length drawn uniformly from a shortest one up
//! to, but not including, a longest one in even steps. The draws are this simulator's own, so the list is not theirs; it
//! depends on the seed alone.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use rand::RngExt;
use sim_core::arrival::{Arrival, ArrivalSource};
use sim_core::ids::ClientId;
use sim_core::kernel::rng::{Purpose, Streams};
use sim_core::units::{SimDuration, SimTime};

use super::mix::{Lucks, Mix};
use crate::error::{ParameterError, within};

/// Nanoseconds of an hour, and of a day [ns].
const HOUR: i64 = 3_600_000_000_000;
const DAY: i64 = 24 * HOUR;
/// Jobs start at half-hours of a workday.
const START_STEP: i64 = HOUR / 2;
const WORKDAY_START: i64 = 9 * HOUR;
const WORKDAY_END: i64 = 17 * HOUR;

/// More jobs than this are no list.
pub const MOST_JOBS: u32 = 10_000_000;

/// Until when the result of a job can wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// The job starts when it is submitted.
    #[default]
    None,
    /// What would end outside working hours may end by 9:00 of the next day that is no weekend's: as in the authors' code,
    /// what ends on Friday after 17:00 by 9:00 of Saturday.
    NextWorkday,
    /// By 9:00 of the Monday or Thursday that follows its end.
    SemiWeekly,
}

impl Patience {
    /// Every one with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("none", Self::None), ("next-workday", Self::NextWorkday), ("semi-weekly", Self::SemiWeekly)];

    /// The longest slack that it gives: from Saturday's midnight, or Thursday's 9:00, to Monday's 9:00.
    #[must_use]
    pub fn longest(self) -> SimDuration {
        match self {
            Self::None => SimDuration::ZERO,
            Self::NextWorkday => SimDuration::from_hours(57),
            Self::SemiWeekly => SimDuration::from_hours(96),
        }
    }

    /// How long the start of a job can be put off that would end at `time` [ns] of a weekday, 0 for Monday.
    fn slack(self, weekday: i64, time: i64) -> i64 {
        let until = |days: i64| days * DAY + WORKDAY_START - time;
        match self {
            Self::None => 0,
            Self::NextWorkday => match weekday {
                5 => until(2),
                6 => until(1),
                _ if time > WORKDAY_END => until(1),
                _ => until(0).max(0),
            },
            Self::SemiWeekly => match weekday {
                0 if time <= WORKDAY_START => until(0),
                0..=2 => until(3 - weekday),
                3 if time <= WORKDAY_START => until(0),
                _ => until(7 - weekday),
            },
        }
    }
}

/// How many jobs, and which.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jobs {
    /// Their number.
    pub count: u32,
    /// The shortest length.
    pub shortest: SimDuration,
    /// The length that is just too long.
    pub longest: SimDuration,
    /// The distance between lengths.
    pub step: SimDuration,
    /// Their slack.
    pub patience: Patience,
    /// The compute time of one inference, where lengths are measured: work is length ÷ this.
    pub unit: SimDuration,
}

impl Jobs {
    /// The same jobs, checked.
    ///
    /// # Errors
    /// If there are too many, if no length lies between the shortest and the longest, or a step or unit is zero.
    pub fn checked(self) -> Result<Self, ParameterError> {
        within("number of jobs", f64::from(self.count), self.count <= MOST_JOBS, "at most 1e7")?;
        within("step of lengths", self.step.as_secs(), self.step.0 > 0, "more than 0 s")?;
        within("compute time of one inference", self.unit.as_secs(), self.unit.0 > 0, "more than 0 s")?;
        within("longest length", self.longest.as_secs(), self.shortest < self.longest, "more than the shortest")?;
        within("shortest length", self.shortest.as_secs(), self.shortest.0 > 0, "more than 0 s")?;
        Ok(self)
    }

    fn lengths(&self) -> u64 {
        (self.longest - self.shortest).0.div_ceil(self.step.0)
    }
}

/// The jobs of a span of time as an arrival source.
#[derive(Clone, Debug)]
pub struct WorkdayJobs {
    /// The next one last.
    coming: Vec<Arrival>,
}

impl WorkdayJobs {
    /// The jobs of source number `source`, submitted in `[from, to)` of a simulation whose epoch is `epoch`; working hours
    /// are UTC, as in the authors' code. None if no workday lies in that span as a whole.
    #[must_use]
    pub fn new(
        jobs: &Jobs, epoch: Timestamp, (from, to): (SimTime, SimTime), mix: &Mix, streams: Streams, source: u32,
    ) -> Self {
        let week = Week::of(epoch);
        let days = week.workdays(from, to);
        let count = if days.is_empty() { 0 } else { jobs.count };
        let lucks = Lucks::new(streams, u64::from(source));
        let family = streams.family(Purpose::Arrivals, u64::from(source));
        let starts = (WORKDAY_END - WORKDAY_START) / START_STEP;
        let draw = |k: u64| {
            let mut stream = family.part(k);
            let day = days[stream.random_range(0..days.len())];
            let time = WORKDAY_START + START_STEP * stream.random_range(0..starts);
            let length = jobs.shortest + SimDuration(jobs.step.0 * stream.random_range(0..jobs.lengths()));
            let at = day * DAY + time;
            let slack = SimDuration(week.slack(jobs.patience, at + length.0.cast_signed()).unsigned_abs());
            let at = SimTime((at - week.epoch).unsigned_abs());
            let asked = mix.arrival(lucks.of(k), at);
            let work = length.0 as f64 / jobs.unit.0 as f64;
            Arrival { work, slack: Some(slack), deadline: Some(length + slack), ..asked }
        };
        let mut coming: Vec<Arrival> = (0..u64::from(count)).map(draw).collect();
        // Stable: jobs of one instant come in the order in which they were drawn.
        coming.sort_by_key(|job| job.at);
        coming.reverse();
        Self { coming }
    }
}

/// Where the epoch lies in its week. Instants [ns] count from the midnight before it.
#[derive(Clone, Copy, Debug)]
struct Week {
    /// Weekday of the epoch's date, 0 for Monday.
    first: i64,
    /// The epoch's time of day.
    epoch: i64,
}

impl Week {
    fn of(epoch: Timestamp) -> Self {
        let local = epoch.to_zoned(TimeZone::UTC);
        let first = i64::from(Weekday::to_monday_zero_offset(local.weekday()));
        let midnight = epoch.as_nanosecond().rem_euclid(i128::from(DAY));
        Self { first, epoch: i64::try_from(midnight).unwrap_or(0) }
    }

    fn weekday(self, instant: i64) -> i64 {
        (self.first + instant.div_euclid(DAY)).rem_euclid(7)
    }

    /// The days whose working hours lie in a span as a whole.
    fn workdays(self, from: SimTime, to: SimTime) -> Vec<i64> {
        let instant = |at: SimTime| self.epoch.saturating_add(i64::try_from(at.0).unwrap_or(i64::MAX));
        let (from, to) = (instant(from), instant(to));
        let whole = |day: &i64| day * DAY + WORKDAY_START >= from && day * DAY + WORKDAY_END <= to;
        let days = from.div_euclid(DAY)..=to.div_euclid(DAY);
        days.filter(|day| self.weekday(day * DAY) < 5).filter(whole).collect()
    }

    fn slack(self, patience: Patience, end: i64) -> i64 {
        patience.slack(self.weekday(end), end.rem_euclid(DAY))
    }
}

impl ArrivalSource for WorkdayJobs {
    fn peek(&mut self) -> Option<SimTime> {
        self.coming.last().map(|job| job.at)
    }

    fn next(&mut self) -> Option<Arrival> {
        self.coming.pop()
    }

    /// Nobody waits for a job.
    fn completed(&mut self, _client: ClientId, _at: SimTime) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::open_loop::tests::{any_mix, drained};

    /// The jobs of the paper.
    const PAPER: Jobs = Jobs {
        count: 3387,
        shortest: SimDuration::from_hours(4),
        longest: SimDuration::from_hours(90),
        step: SimDuration(START_STEP as u64),
        patience: Patience::NextWorkday,
        unit: SimDuration::from_hours(1),
    };

    fn of_2020(seed: u64) -> Vec<Arrival> {
        let epoch = "2020-01-01T00:00:00Z".parse().unwrap();
        let year = (SimTime::ZERO, SimTime::from_secs(366.0 * 86_400.0));
        drained(&mut WorkdayJobs::new(&PAPER, epoch, year, &any_mix(), Streams::new(seed, 0), 0))
    }

    #[test]
    fn jobs_are_submitted_in_working_hours_with_lengths_as_published() {
        let jobs = of_2020(1);
        assert_eq!((jobs.len(), of_2020(1) == jobs, of_2020(2) == jobs), (3387, true, false));
        assert!(jobs.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let hours = |job: &Arrival| job.at.as_secs() / 3600.0;
        // 1 January 2020 is a Wednesday.
        assert!(jobs.iter().all(|job| ((hours(job) / 24.0) as u64 + 2) % 7 < 5));
        let of_day: Vec<f64> = jobs.iter().map(|job| hours(job) % 24.0).collect();
        assert!(of_day.iter().all(|hour| (9.0..=16.5).contains(hour) && (hour * 2.0).fract() == 0.0));
        let works: Vec<f64> = jobs.iter().map(|job| job.work).collect();
        assert!(works.iter().all(|work| (4.0..=89.5).contains(work) && (work * 2.0).fract() == 0.0));
        // Uniform over 4, 4.5, …, 89.5: mean 46.75, deviation 24.8; five of the mean's own.
        let mean = works.iter().sum::<f64>() / 3387.0;
        assert!((mean - 46.75).abs() < 5.0 * 24.8 / 3387f64.sqrt(), "{mean}");
        // Every one of 16 starts: binomial, 212 ± 14 each.
        let at = |half: u32| of_day.iter().filter(|hour| **hour == 9.0 + f64::from(half) / 2.0).count();
        assert!((0..16).all(|half| (140..=285).contains(&at(half))));
    }

    #[test]
    fn slack_lasts_until_somebody_is_there() {
        let of = |patience: Patience, weekday, hour: f64| {
            patience.slack(weekday, (hour * HOUR as f64) as i64) as f64 / HOUR as f64
        };
        let workday = |weekday, hour| of(Patience::NextWorkday, weekday, hour);
        // Tuesday at 3:00, 9:00, 13:00, 17:00 and 17:30; Friday at 18:00; Saturday at 0:00; Sunday at 20:00.
        assert_eq!([3.0, 9.0, 13.0, 17.0, 17.5].map(|hour| workday(1, hour)), [6.0, 0.0, 0.0, 0.0, 15.5]);
        assert_eq!([(4, 18.0), (5, 0.0), (6, 20.0)].map(|(day, hour)| workday(day, hour)), [15.0, 57.0, 13.0]);
        let weekly = |weekday, hour| of(Patience::SemiWeekly, weekday, hour);
        let cases = [(0, 9.0), (0, 9.5), (2, 10.0), (3, 9.0), (3, 9.5), (5, 9.0), (6, 23.0)];
        assert_eq!(cases.map(|(day, hour)| weekly(day, hour)), [0.0, 71.5, 23.0, 0.0, 95.5, 48.0, 10.0]);
        for (patience, half) in
            (0..7 * 48).flat_map(|half| [(Patience::NextWorkday, half), (Patience::SemiWeekly, half)])
        {
            let slack = patience.slack(half / 48, half % 48 * START_STEP);
            assert!(slack >= 0 && slack.unsigned_abs() <= patience.longest().0);
        }
    }

    #[test]
    fn an_epoch_within_a_day_drops_working_hours_that_are_cut_short() {
        let epoch = "2020-01-02T10:00:00Z".parse().unwrap();
        let span = (SimTime::ZERO, SimTime::from_secs(2.0 * 86_400.0));
        let mut jobs = WorkdayJobs::new(&PAPER, epoch, span, &any_mix(), Streams::new(1, 0), 0);
        // Thursday has begun, Saturday is none: all fall on Friday the 3rd, 23 h to 30.5 h after the epoch.
        assert!(drained(&mut jobs).iter().all(|job| (23.0..=30.5).contains(&(job.at.as_secs() / 3600.0))));
    }
}
