//! Cloud-only: every request runs on one class of large machines.

use ordered_float::OrderedFloat;

use super::{Entry, Kind, Param, ParamIssue};
use crate::fleet_index::Inputs;
use crate::ids::{ClassId, DeviceId};
use crate::ranked::{Ranked, Ranking, SEARCH};
use crate::scheduler::{Request, Term, View};

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "cloud-only",
    summary: "the least crowded device of one class, the largest by default",
    citation: "baseline (full offloading)",
    params: &[
        Param {
            name: "class",
            kind: Kind::Text,
            default: "auto",
            doc: "device class that stands for the cloud; auto: the shared class with the most cores",
        },
        SEARCH,
    ],
    build: |setup| {
        let name = setup.params.text("class");
        let named = if name == "auto" { setup.largest_class() } else { Some(name) };
        let classes = named.map(|name| setup.classes(name)).unwrap_or_default();
        if classes.is_empty() {
            let message = format!("no device class `{name}` in this scenario");
            return Err(ParamIssue { param: "class", message, hint: format!("one of: {}", setup.known_names()) });
        }
        Ok(Box::new(Ranked::new(CloudOnly { classes }, setup.params)))
    },
};

struct CloudOnly {
    classes: Vec<ClassId>,
}

impl Ranking for CloudOnly {
    type Key = OrderedFloat<f64>;

    fn inputs(&self) -> Inputs {
        Inputs { class: true, ..Inputs::default() }
    }

    fn admits(&self, _: &Request, view: &View, device: DeviceId) -> bool {
        self.classes.contains(&view.class(device))
    }

    fn key(&self, _: &Request, view: &View, device: DeviceId) -> Self::Key {
        OrderedFloat(view.crowding(device))
    }

    fn told(&self, crowding: Self::Key) -> Vec<Term> {
        vec![Term::new("crowding", crowding.0)]
    }
}
