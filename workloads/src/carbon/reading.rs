//! A file of carbon intensities, read.

use sim_core::world::signal::SignalKind;

use super::clock::is_utc;
use super::content::Input;
use super::fault::Fault;
use super::findings::Finding;
use super::format::Format;
use super::mend::mend;
use super::options::{Options, Values};
use super::rows::Draft;
use super::series::Series;
use super::unit::Unit;
use crate::error::ReadError;
use crate::forecast::issued::Issued;

/// A signal out of a file, with what was found on the way.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format that it was read as.
    pub format: Format,
    /// The signal's intervals [g/kWh].
    pub series: Series,
    /// Average or marginal.
    pub kind: SignalKind,
    /// Unit of the values in the file.
    pub unit: Unit,
    /// What a value in the file is.
    pub values: Values,
    /// Rows of the file; of several, those that the series is made of.
    pub rows: usize,
    /// What was odd, mended by the policy that was stated; empty under [`Gaps::Error`](super::options::Gaps::Error).
    pub findings: Vec<Finding>,
}

/// Reads the signal of a file; `file` is the name that errors show.
///
/// # Errors
/// The first thing that is wrong, or that must be stated and is not.
pub fn read(bytes: &[u8], file: &str, options: &Options) -> Result<Reading, ReadError> {
    read_all(&[(bytes, file)], options)
}

/// Reads the signal of several files of one format, which follow each other in time; where they overlap they must
/// agree.
///
/// # Errors
/// As [`read`]; files that say different things, of a zone or of an instant; no file.
pub fn read_all(files: &[(&[u8], &str)], options: &Options) -> Result<Reading, ReadError> {
    let mut drafts = Vec::with_capacity(files.len());
    let mut format = options.format;
    for (bytes, file) in files {
        let input = Input::open(bytes, file, options)?;
        let known = format.map_or_else(|| recognise(&input), Ok)?;
        refuse_unused(&input, known)?;
        format = Some(known);
        drafts.push((known.entry().read)(&input)?);
    }
    let draft = join(drafts)?;
    let Draft { stated, rows } = &draft;
    let (kind, unit, values, count) = (stated.kind, stated.unit, stated.values, rows.len());
    let (series, findings) = mend(draft, options)?;
    let format = format.unwrap_or(Format::Csv);
    Ok(Reading { format, series, kind, unit, values, rows: count, findings })
}

/// Reads the forecasts of a file as they were issued.
///
/// # Errors
/// If the file has none, or something is wrong with it.
pub fn read_issued(bytes: &[u8], file: &str, options: &Options) -> Result<Issued, ReadError> {
    read_issued_all(&[(bytes, file)], options)
}

/// Reads the forecasts of several files as they were issued; a forecast that two files hold counts once.
///
/// # Errors
/// As [`read_issued`]; unlike forecasts of one issue time; no file.
pub fn read_issued_all(files: &[(&[u8], &str)], options: &Options) -> Result<Issued, ReadError> {
    let mut issues = None;
    for (bytes, file) in files {
        let input = Input::open(bytes, file, options)?;
        let format = options.format.map_or_else(|| recognise(&input), Ok)?;
        refuse_unused(&input, format)?;
        let name = format.name();
        let read =
            format.entry().issued.map_err(|why| input.fault(Fault::NoForecasts(format!("this is `{name}`, {why}"))))?;
        let more = read(&input)?;
        match &mut issues {
            None => issues = Some(more),
            Some(issues) => issues.join(more),
        }
    }
    issues.ok_or_else(no_file)?.finish(options.gaps)
}

/// The format of a file, by its content.
fn recognise(input: &Input) -> Result<Format, ReadError> {
    let known = Format::ALL.iter().copied().find(|format| (format.entry().recognise)(input));
    known.ok_or_else(|| input.fault(input.unrecognised()))
}

/// Refuses what is stated in vain: it would be taken for heeded. UTC may be stated of times that are UTC.
fn refuse_unused(input: &Input, format: Format) -> Result<(), ReadError> {
    let options = input.options;
    let stated = [
        ("time_column", options.time_column.is_some()),
        ("value_column", options.value_column.is_some()),
        ("timezone", options.time_zone.as_ref().is_some_and(|zone| !is_utc(zone))),
        ("start", options.start.is_some()),
        ("step", options.step.is_some()),
        ("factors", options.factors.is_some()),
        ("issued", options.issued.is_some()),
    ];
    let takes = format.entry().takes;
    let unused = stated.into_iter().find(|(key, stated)| *stated && !takes.contains(key));
    unused.map_or(Ok(()), |(key, _)| Err(input.fault(Fault::Unused { key, format: format.name() })))
}

fn join(mut drafts: Vec<Draft>) -> Result<Draft, ReadError> {
    drafts.sort_by_key(|draft| draft.rows.starts.first().copied());
    let mut drafts = drafts.into_iter();
    let mut all = drafts.next().ok_or_else(no_file)?;
    for draft in drafts {
        if let Some(what) = unlike(&all, &draft) {
            let other = all.rows.files[0].clone();
            return Err(draft.rows.fault_of_file(Fault::Unlike { what, other }));
        }
        if !all.stated.source.contains(&draft.stated.source) {
            all.stated.source = format!("{}; {}", all.stated.source, draft.stated.source);
        }
        // One made or misplaced part makes the whole so.
        all.stated.synthetic |= draft.stated.synthetic;
        all.stated.start_assumed |= draft.stated.start_assumed;
        all.rows.join(draft.rows)?;
    }
    Ok(all)
}

fn unlike(one: &Draft, other: &Draft) -> Option<&'static str> {
    let (a, b) = (&one.stated, &other.stated);
    [
        (a.kind != b.kind, "kind"),
        (a.labels != b.labels, "label"),
        (a.values != b.values, "meaning of a value"),
        (a.zone != b.zone, "zone"),
    ]
    .into_iter()
    .find_map(|(differs, what)| differs.then_some(what))
}

fn no_file() -> ReadError {
    let problem = crate::error::Problem::TooShort { rows: 0, needed: 1 };
    ReadError { file: "no file".to_owned(), line: None, problem }
}
