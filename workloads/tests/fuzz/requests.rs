//! The readers of request traces, one target a format, and a replay of what they accept.

use std::hint::black_box;
use std::sync::Arc;

use sim_core::arrival::ArrivalSource;
use sim_core::ids::{DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::Streams;
use sim_core::units::SimTime;
use workloads::arrivals::mix::{Contents, Mix};
use workloads::arrivals::origins::Origins;
use workloads::arrivals::replay::format::Format;
use workloads::arrivals::replay::options::TraceOptions;
use workloads::arrivals::replay::row::{Known, Names};
use workloads::arrivals::replay::{Blanks, Replay, Scaling, Trace};

use super::Target;

/// A few bytes of counts may stand for any number of arrivals: no more are drawn.
const REPLAYED: usize = 10_000;

/// One target a format, and one that recognises it.
pub fn targets() -> Vec<Target> {
    let mut targets = vec![Target::new("trace", |bytes| replay(bytes, TraceOptions::default()))];
    for (name, format) in Format::ALL {
        targets.push(Target::new(format!("trace_{name}"), move |bytes| {
            let time_column = (format == Format::Csv).then(|| "t".to_owned());
            replay(bytes, TraceOptions { format: Some(format), time_column, ..TraceOptions::default() })
        }));
    }
    targets
}

/// What a survey accepts, a replay gives, its times ascending.
fn replay(bytes: &[u8], options: TraceOptions) -> bool {
    let names = Names {
        origins: [("pi".to_owned(), DeviceId(0)), ("cam".to_owned(), DeviceId(1))].into(),
        models: [("net".to_owned(), ModelId(0))].into(),
        classes: [("now".to_owned(), RequestClassId(0))].into(),
    };
    let known: Known = Some(Arc::new(names));
    let Ok(trace) = Trace::survey(|| Ok(bytes), "x", options, known) else { return false };
    let mix = || Mix::new(Origins::only(DeviceId(0)), Contents::plain(ModelId(0), RequestClassId(0)));
    for scaling in [Scaling::NONE, Scaling::new(0.3, 0.5).expect("both are in range")] {
        let blanks = Blanks { mix: mix(), regions: vec![Origins::only(DeviceId(1))] };
        let mut source = Replay::new(bytes, &trace, blanks, scaling, Streams::new(1, 0), 0).expect("it was surveyed");
        let mut last = SimTime::ZERO;
        for arrival in std::iter::from_fn(|| source.next()).take(REPLAYED) {
            assert!(arrival.at >= last, "time goes backwards");
            last = black_box(arrival).at;
        }
    }
    true
}
