//! How long a request computes, as far as a scheduler knows.

use crate::ids::{DeviceId, Id};
use crate::scheduler::{Execution, Request, View};
use crate::schedulers::{Kind, Param, Params};
use crate::units::SimDuration;

/// The parameter that says what is known.
pub(crate) const LENGTH: Param = Param {
    name: "length",
    kind: Kind::Choice(&["exact", "mean"]),
    default: "exact",
    doc: "what is known of a request's length: its own (exact), or only what requests take on average (mean)",
};

/// The parameter that gives the mean.
pub(crate) const MEAN_LENGTH: Param = Param {
    name: "mean_length",
    kind: Kind::Span,
    default: "none",
    doc: "of length: mean, the average; none: of the computations of the same model that have ended, and requests run at \
          once before any has",
};

/// What is known of lengths.
pub(super) enum Lengths {
    /// Each request's own.
    Exact,
    /// One for all.
    Given(SimDuration),
    /// The mean of what has ended, by model: seconds and number.
    Learned(Vec<(f64, u64)>),
}

impl Lengths {
    /// As the parameters say; exact for a scheduler that has none.
    pub fn of(params: &Params) -> Self {
        if !params.0.contains_key(LENGTH.name) || params.text(LENGTH.name) == "exact" {
            return Self::Exact;
        }
        params.span(MEAN_LENGTH.name).map_or(Self::Learned(Vec::new()), Self::Given)
    }

    /// How long a request is believed to compute on a device; nothing where nothing is known.
    pub fn of_request(&self, request: &Request, view: &View, device: DeviceId) -> Option<SimDuration> {
        match self {
            Self::Exact => Some(view.compute_time(request, device)),
            Self::Given(mean) => Some(*mean),
            Self::Learned(ended) => {
                let &(seconds, count) = ended.get(request.model.index())?;
                (count > 0).then(|| SimDuration::from_secs(seconds / count as f64))
            }
        }
    }

    /// A computation has ended.
    pub fn note(&mut self, execution: &Execution) {
        if let Self::Learned(ended) = self {
            let model = execution.model.index();
            ended.resize(ended.len().max(model + 1), (0.0, 0));
            ended[model].0 += execution.span.as_secs();
            ended[model].1 += 1;
        }
    }
}
