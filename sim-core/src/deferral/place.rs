//! Where requests that may be put off run: one of the plain schedulers decides.

use crate::scheduler::Scheduler;
use crate::schedulers::{Kind, Param, ParamIssue, Params, Setup, Value, by_name};

/// The parameter that names it.
pub(crate) const PLACE: Param = Param {
    name: "place",
    kind: Kind::Choice(&["nearest", "least-loaded", "lowest-intensity", "least-carbon"]),
    default: "nearest",
    doc: "where requests run: as this scheduler would place them, asked at the arrival for the zone to look at and at the \
          start for the device",
};

/// The scheduler that the parameter names, its `search` as given.
pub(super) fn of(setup: &Setup) -> Result<Box<dyn Scheduler>, ParamIssue> {
    let entry = by_name(setup.params.text(PLACE.name)).expect("invariant: the choices of `place` are schedulers");
    let mut params: Params = entry.defaults();
    params.0.insert("search", Value::Text(setup.params.text("search").to_owned()));
    (entry.build)(&setup.with(&params))
}
