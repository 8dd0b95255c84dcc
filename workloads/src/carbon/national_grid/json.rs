//! Half-hours in the documents of the Carbon Intensity API: of the nation, of one region, or of all regions.

use serde_json::Value;

use crate::carbon::fault::Fault;

/// A half-hour in a document.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    pub from: &'d str,
    pub to: Option<&'d str>,
    pub forecast: Option<f64>,
    pub actual: Option<f64>,
}

/// Whether a document holds half-hours.
pub(super) fn is_one(document: &Value) -> bool {
    list(document).and_then(|list| list.first()).is_some_and(|first| first.get("from").is_some())
}

/// What bears the list of half-hours: the document, or the one region that it is of.
fn bearer(document: &Value) -> &Value {
    match document.get("data").unwrap_or(document) {
        Value::Array(entries) => match entries.as_slice() {
            [only] if only.get("from").is_none() => only,
            _ => document,
        },
        inner @ Value::Object(_) => inner,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => document,
    }
}

/// The list of half-hours, however deep: the API wraps it in `data`, and that of one region in `data` again.
fn list(document: &Value) -> Option<&Vec<Value>> {
    let bearer = bearer(document);
    bearer.get("data").unwrap_or(bearer).as_array()
}

/// The names of the one region that a document is of: its short name first, its number, its postcode; none of the
/// nation.
pub(super) fn region_of(document: &Value) -> Vec<String> {
    names(bearer(document))
}

fn names(region: &Value) -> Vec<String> {
    let text = |key: &str| region.get(key).and_then(Value::as_str).map(str::to_owned);
    let id = region.get("regionid").and_then(Value::as_u64).map(|id| id.to_string());
    [text("shortname"), id, text("postcode")].into_iter().flatten().collect()
}

/// The half-hours of the nation, or of the region that `zone` names.
///
/// # Errors
/// An entry that is none, or a region that is not stated or not there.
pub(super) fn entries<'d>(document: &'d Value, zone: Option<&str>) -> Result<Vec<Entry<'d>>, Fault> {
    let list = list(document).ok_or_else(|| Fault::NoSeries("no list `data` of half-hours".to_owned()))?;
    let broken = |k: usize, what: &str| Fault::Broken { kind: "document", reason: format!("entry {}: {what}", k + 1) };
    let mut entries = Vec::with_capacity(list.len());
    for (k, entry) in list.iter().enumerate() {
        let from = entry.get("from").and_then(Value::as_str).ok_or_else(|| broken(k, "no text `from`"))?;
        let of = match entry.get("regions").and_then(Value::as_array) {
            Some(regions) => region(regions, zone)?,
            None => entry,
        };
        let intensity = of.get("intensity").ok_or_else(|| broken(k, "no `intensity`"))?;
        let number = |key: &str| match intensity.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| broken(k, "an intensity that is no number")),
        };
        let (forecast, actual) = (number("forecast")?, number("actual")?);
        entries.push(Entry { from, to: entry.get("to").and_then(Value::as_str), forecast, actual });
    }
    Ok(entries)
}

fn region<'d>(regions: &'d [Value], zone: Option<&str>) -> Result<&'d Value, Fault> {
    let is = |region: &&Value, zone: &str| names(region).iter().any(|name| name == zone);
    zone.and_then(|zone| regions.iter().find(|region| is(region, zone))).ok_or_else(|| {
        let first = |region: &Value| names(region).first().cloned().unwrap_or_default();
        let known: Vec<String> = regions.iter().map(|region| format!("`{}`", first(region))).collect();
        Fault::Unstated { key: "zone", why: format!("the document's regions are {}", known.join(", ")) }
    })
}
