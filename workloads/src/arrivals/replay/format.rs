//! Formats of traces, and how the columns of a file tell which one it is.

use std::io::BufRead;

use crate::error::{Problem, ReadError};
use crate::table::Table;

/// A format of request traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `timestamp`, `model`, `origin`, and if wanted `class`, `work`, `input_bytes`, `slack_s`, `deadline_s`: the
    /// simulator's own.
    Own,
    /// Azure LLM inference 2023: `TIMESTAMP`, `ContextTokens`, `GeneratedTokens` (Patel et al., ISCA 2024).
    AzureLlm,
    /// Azure Functions 2021: `app`, `func`, `end_timestamp`, `duration` (Zhang et al., SOSP 2021).
    AzureFunctions,
    /// Counts of equal intervals, one column a region: `timestamp`, `datetime`, then regions (Wikipedia's requests as
    /// in CASPER, Souza et al., IGSC 2023).
    Counts,
    /// Any table with a column of times.
    Csv,
}

impl Format {
    /// Every format with the word that forces it.
    pub const ALL: [(&'static str, Self); 5] = [
        ("own", Self::Own),
        ("azure-llm", Self::AzureLlm),
        ("azure-functions", Self::AzureFunctions),
        ("counts", Self::Counts),
        ("csv", Self::Csv),
    ];

    /// The word that forces it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::AzureLlm => "azure-llm",
            Self::AzureFunctions => "azure-functions",
            Self::Counts => "counts",
            Self::Csv => "csv",
        }
    }

    /// The format of a table by its columns; a table with a named time column is a plain one, whatever else it has.
    pub(super) fn recognise<R: BufRead>(table: &Table<R>, time_column: Option<&str>) -> Result<Self, ReadError> {
        let has = |columns: &[&str]| columns.iter().all(|column| table.optional(column).is_some());
        if time_column.is_some() {
            Ok(Self::Csv)
        } else if has(&["timestamp", "model", "origin"]) {
            Ok(Self::Own)
        } else if has(&["timestamp", "contexttokens", "generatedtokens"]) {
            Ok(Self::AzureLlm)
        } else if has(&["end_timestamp", "duration"]) {
            Ok(Self::AzureFunctions)
        } else if has(&["timestamp", "datetime"]) && table.columns().len() > 2 {
            Ok(Self::Counts)
        } else if has(&["timestamp"]) && (has(&["model"]) || has(&["origin"])) {
            // One of its columns was forgotten: the reader of this format says which.
            Ok(Self::Own)
        } else {
            Err(table.fault(Problem::UnknownTrace { present: table.columns().to_vec() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_tell_the_format_in_any_case_and_order() {
        let told = |header: &str, time: Option<&str>| {
            Format::recognise(&Table::open(header.as_bytes(), "t.csv").unwrap(), time).map_err(|e| e.to_string())
        };
        assert_eq!(told("origin,Timestamp,model", None), Ok(Format::Own));
        assert_eq!(told("TIMESTAMP,ContextTokens,GeneratedTokens", None), Ok(Format::AzureLlm));
        assert_eq!(told("app,func,end_timestamp,duration", None), Ok(Format::AzureFunctions));
        assert_eq!(told("timestamp,datetime,eu-west-3", None), Ok(Format::Counts));
        assert_eq!(told("timestamp,datetime,eu-west-3", Some("timestamp")), Ok(Format::Csv));
        let unknown = told(",timestamp,eu-west-3", None).unwrap_err();
        assert!(unknown.contains("no known trace has the columns ``, `timestamp`, `eu-west-3`"), "{unknown}");
        assert!(Format::ALL.iter().all(|&(word, format)| format.name() == word));
    }
}
