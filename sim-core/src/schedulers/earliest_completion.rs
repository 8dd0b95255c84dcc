//! Earliest completion: where the result is expected back first.

use super::Entry;
use crate::fleet_index::Inputs;
use crate::ids::DeviceId;
use crate::ranked::{Ranked, Ranking, SEARCH, Standing};
use crate::scheduler::{Request, Term, View};
use crate::units::SimTime;

/// This scheduler.
pub const ENTRY: Entry = Entry {
    name: "earliest-completion",
    summary: "least wake-up + queue + compute + transfers, by profiles and assignments",
    citation: "baseline (minimum completion time; Maheswaran et al., JPDC 59, 1999)",
    params: &[SEARCH],
    build: |setup| Ok(Box::new(Ranked::new(EarliestCompletion, setup.params))),
};

/// The expected completion as what is least.
pub(super) struct EarliestCompletion;

impl Ranking for EarliestCompletion {
    type Key = SimTime;

    // As an index of waits and busy slots may serve it too.
    const PARTED: bool = true;

    fn inputs(&self) -> Inputs {
        Inputs { class: true, background: true, place: true, ..Inputs::default() }
    }

    fn standing(&self, view: &View, device: DeviceId) -> Standing {
        Standing::wait(view, device)
    }

    fn key(&self, request: &Request, view: &View, device: DeviceId) -> SimTime {
        view.expected_completion(request, device)
    }

    fn told(&self, completion: SimTime) -> Vec<Term> {
        vec![Term::new("completion_s", completion.as_secs())]
    }

    fn is_hopeless(&self, request: &Request, view: &View, device: DeviceId, other: SimTime) -> bool {
        let way = view.latency_apart(request.origin, device) + view.latency_apart(device, request.origin);
        view.now() + way + view.compute_time(request, device) > other
    }

    /// The end of time is the sum of whatever is long enough.
    fn is_blurred(&self, key: SimTime) -> bool {
        key == SimTime::NEVER
    }
}
