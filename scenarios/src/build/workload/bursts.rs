//! Bursty sources from a scenario: Markov-modulated Poisson and on–off processes.

use hardware_profiles::quantity::Unit;
use sim_core::units::SimDuration;
use workloads::arrivals::PerSecond;
use workloads::arrivals::mmpp::{Mmpp, State, Switching};
use workloads::arrivals::on_off::Phases;

use super::{Kind, MOST_RATE, rate};
use crate::issues::Check;
use crate::spec::{Quantity, SourceSpec, StateSpec};

/// Shorter phases would make a year take 10¹¹ changes of state [s].
const SHORTEST_S: f64 = 1e-3;

pub(super) fn mmpp(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<Kind> {
    let states_path = format!("{path}.states");
    let ways = [("cyclic", Switching::Cyclic), ("uniform", Switching::Uniform)];
    let switching = check.choice(&format!("{path}.switching"), spec.switching.as_deref(), &ways);
    let read = |(k, spec)| state(check, &format!("{states_path}[{k}]"), spec);
    let states: Vec<Option<State>> = spec.states.iter().enumerate().map(read).collect();
    let states: Vec<State> = states.into_iter().collect::<Option<_>>()?;
    if states.is_empty() {
        check.issue(
            &states_path,
            "no state",
            "such as `states: [{rate: 20 /s, mean: 1 min}, {rate: 1 /s, mean: 9 min}]`",
        );
        return None;
    }
    if Mmpp::mean_rate(&states).0 <= 0.0 {
        check.issue(&states_path, "no state has a rate", "one at least is more than `0 /s`");
        return None;
    }
    Some(Kind::Mmpp { states, switching: switching? })
}

fn state(check: &mut Check, path: &str, spec: &StateSpec) -> Option<State> {
    let rate_path = format!("{path}.rate");
    let rate = check.quantity(&rate_path, spec.rate.as_ref(), Unit::Rate, None);
    let mean = phase(check, &format!("{path}.mean"), spec.mean.as_ref());
    let rate = check.number(&rate_path, Some(rate?), 0.0, 0.0, MOST_RATE)?;
    Some(State { rate: PerSecond(rate), mean: mean? })
}

pub(super) fn on_off(check: &mut Check, path: &str, spec: &SourceSpec) -> Option<Kind> {
    let rate = rate(check, path, spec);
    let on = phase(check, &format!("{path}.mean_on"), spec.mean_on.as_ref());
    let off = phase(check, &format!("{path}.mean_off"), spec.mean_off.as_ref());
    let kinds = [("exponential", Phases::Exponential), ("constant", Phases::Constant)];
    let phases = check.choice(&format!("{path}.phases"), spec.phases.as_deref(), &kinds);
    Some(Kind::OnOff { rate: rate?, on: on?, off: off?, phases: phases? })
}

fn phase(check: &mut Check, path: &str, given: Option<&Quantity>) -> Option<SimDuration> {
    let seconds = check.quantity(path, given, Unit::Time, None)?;
    if seconds < SHORTEST_S {
        check.issue(path, format!("{seconds} s is too short"), "at least `1 ms`");
        return None;
    }
    Some(SimDuration::from_secs(seconds))
}
