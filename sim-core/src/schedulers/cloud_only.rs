//! Cloud-only: every request runs on one class of large machines.

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param, ParamIssue, rule};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "cloud-only",
    summary: "the least crowded device of one class, the largest by default",
    citation: "baseline (full offloading)",
    params: &[Param {
        name: "class",
        kind: Kind::Text,
        default: "auto",
        doc: "device class that stands for the cloud; auto: the shared class with the most cores",
    }],
    build: |setup| {
        let name = setup.params.text("class");
        let named = if name == "auto" { setup.largest_class() } else { Some(name) };
        let classes = named.map(|name| setup.classes(name)).unwrap_or_default();
        if classes.is_empty() {
            let message = format!("no device class `{name}` in this scenario");
            return Err(ParamIssue { param: "class", message, hint: format!("one of: {}", setup.known_names()) });
        }
        Ok(rule(move |_, view, candidates| {
            let cloud = candidates.iter().copied().filter(|&device| classes.contains(&view.class(device)));
            cloud.min_by_key(|&device| (OrderedFloat(view.crowding(device)), device))
        }))
    },
};
