//! Who decides in the edge fleet: the less loaded of two drawn devices, or a shipped scheduler whose choices are summed.

use sim_core::ids::{DeviceId, PlanId};
use sim_core::scheduler::{Decision, Request, Scheduler, View, Watch};

use crate::bench::draws::Draws;

/// Sum over all tasks of executor × (k + 1) + origin, the task being the origin's k-th: other choices, another sum.
#[derive(Debug, Default)]
struct Sum(u64);

impl Sum {
    #[inline]
    fn add(&mut self, executor: u32, origin: u32, number: u32) {
        self.0 = self.0.wrapping_add(u64::from(executor) * u64::from(number) + u64::from(origin));
    }
}

/// Power of two choices with the workload's own draws.
pub(super) struct TwoChoices {
    devices: u32,
    /// Of each origin: its draws, and how many of its tasks came.
    origins: Vec<(Draws, u32)>,
    sum: Sum,
}

impl TwoChoices {
    /// For so many devices.
    pub fn new(devices: u32) -> Self {
        let origins = (0..devices).map(|d| (Draws::new(4, u64::from(d)), 0)).collect();
        Self { devices, origins, sum: Sum::default() }
    }

    /// The sum of its choices.
    pub fn sum(&self) -> u64 {
        self.sum.0
    }
}

impl Scheduler for TwoChoices {
    #[inline]
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let (draws, number) = &mut self.origins[request.origin.0 as usize];
        let drawn = draws.next();
        *number += 1;
        let pick = |half: u64| DeviceId(((half * u64::from(self.devices)) >> 32) as u32);
        let (first, second) = (pick(drawn >> 32), pick(drawn & 0xFFFF_FFFF));
        let chosen = if view.in_flight(second) < view.in_flight(first) { second } else { first };
        self.sum.add(chosen.0, request.origin.0, *number);
        Decision::Run(PlanId::whole(chosen))
    }
}

/// Sums the choices of a scheduler.
pub(super) struct Counted {
    /// How many tasks of each origin came.
    numbers: Vec<u32>,
    sum: Sum,
}

impl Counted {
    /// For so many devices.
    pub fn new(devices: u32) -> Self {
        Self { numbers: vec![0; devices as usize], sum: Sum::default() }
    }

    /// The sum of the choices.
    pub fn sum(&self) -> u64 {
        self.sum.0
    }
}

impl Watch for Counted {
    #[inline]
    fn decide(&mut self, scheduler: &mut impl Scheduler, request: &Request, view: &View) -> Decision {
        let decision = scheduler.decide(request, view);
        let number = &mut self.numbers[request.origin.0 as usize];
        *number += 1;
        if let Decision::Run(plan) = decision {
            // The first plans are those that run everything on the device of the same number.
            self.sum.add(plan.0, request.origin.0, *number);
        }
        decision
    }
}
