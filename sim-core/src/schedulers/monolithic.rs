//! Monolithic: every request runs on one named machine, which may be reserved for it.

use super::{Entry, Kind, Param, ParamIssue, rule};
use ordered_float::OrderedFloat;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "monolithic",
    summary: "one named device, or the least crowded of one named class; reserved ones may be named",
    citation: "CarbonEdge (arXiv 2603.27420), baseline",
    params: &[Param {
        name: "device",
        kind: Kind::Text,
        default: "auto",
        doc: "a device or a device class; auto: the first reserved device",
    }],
    build: |setup| {
        let name = setup.params.text("device");
        let device = if name == "auto" { setup.first_reserved() } else { setup.device(name) };
        let classes = setup.classes(name);
        if device.is_none() && classes.is_empty() {
            return Err(ParamIssue {
                param: "device",
                message: format!("no device or class `{name}` in this scenario"),
                hint: format!("name a device or a class: {}", setup.known_names()),
            });
        }
        Ok(rule(move |request, view, _| {
            let named = device.filter(|&device| view.may_run(request, device));
            named.or_else(|| {
                view.devices()
                    .filter(|&other| classes.contains(&view.class(other)) && view.may_run(request, other))
                    .min_by_key(|&other| (OrderedFloat(view.crowding(other)), other))
            })
        }))
    },
};
