//! A trace of requests in Chrome's JSON, which Perfetto opens: tracks of devices, queues and links, arrows for one request.
//!
//! Format: "Trace Event Format" (Google, 2016): `X` slices, `s` and `f` flow arrows, `M` names of tracks; times are
//! microseconds, here with three decimals, that is to the nanosecond, from the first instant shown.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim_core::units::SimTime;
use sim_core::world::World;

use super::phases::{Hop, Phase, Place, link_name, phases, place_name};
use super::told::Told;
use super::watch::Neighbours;

/// Tracks of one kind stand together, in this order.
const GROUPS: [(u32, &str); 4] = [(1, "the request"), (2, "devices"), (3, "queues"), (4, "links")];

/// One stretch on one track.
struct Slice {
    group: u32,
    track: String,
    name: String,
    from: SimTime,
    to: SimTime,
    own: bool,
    args: Value,
}

/// The trace of a request with its neighbours.
pub(super) fn trace(world: &World, told: &Told, around: &Neighbours) -> Value {
    let origin = around.from();
    let mut slices = Vec::new();
    for (&id, steps) in &around.steps {
        let Some(first) = steps.first() else { continue };
        let own = id == told.id;
        let label = if own { format!("request {id}") } else { id.to_string() };
        let phases = if own { told.raw.phases.clone() } else { phases(first.at, steps) };
        for phase in &phases {
            of_phase(&mut slices, world, phase, &label, own);
        }
    }
    slices.retain(|slice| slice.to > slice.from && slice.to >= origin);
    slices.sort_by_key(|slice| (slice.group, slice.from, slice.to));
    let lanes = lanes(&slices);
    let mut events = names(&slices, &lanes);
    events.extend(slices.iter().zip(&lanes).map(|(slice, lane)| drawn(slice, lane.tid, origin)));
    events.extend(arrows(&slices, &lanes, origin));
    json!({
        "displayTimeUnit": "ms",
        "otherData": {"scenario": told.scenario, "request": told.id, "zero": format!("{:.9} s after the epoch", origin.as_secs())},
        "traceEvents": events,
    })
}

fn of_phase(slices: &mut Vec<Slice>, world: &World, phase: &Phase, label: &str, own: bool) {
    let args = json!({"phase": phase.name, "energy_j": phase.energy_j, "carbon_g": phase.carbon_g,
        "bytes": phase.bytes.map(|bytes| bytes.0)});
    let (from, to) = (phase.from, phase.to);
    let name = format!("{label} {}", phase.name);
    if own {
        let name = format!("{} ({})", phase.name, place_name(world, phase.place));
        slices.push(Slice { group: 1, track: label.to_owned(), name, from, to, own: false, args: args.clone() });
    }
    match phase.place {
        Place::Scheduler => {}
        Place::Device(device) => {
            let track = world.device_name(device).into_owned();
            slices.push(Slice { group: 2, track, name, from, to, own, args });
        }
        Place::Queue(device) => {
            let track = world.device_name(device).into_owned();
            slices.push(Slice { group: 3, track, name, from, to, own, args });
        }
        Place::Way(..) => slices.extend(phase.hops.iter().map(|hop| on_link(world, hop, label, own, &args))),
    }
}

/// A link is occupied while data is put on it; its latency delays and occupies nobody.
fn on_link(world: &World, hop: &Hop, label: &str, own: bool, args: &Value) -> Slice {
    let mut args = args.clone();
    args["waited_ms"] = hop.from.since(hop.ready).as_millis().into();
    args["latency_ms"] = hop.there.since(hop.until).as_millis().into();
    let track = link_name(world, hop);
    // What takes no time to send is drawn while it travels.
    let to = if hop.until > hop.from { hop.until } else { hop.there };
    Slice { group: 4, track, name: format!("{label} sending"), from: hop.from, to, own, args }
}

/// A line of a track: slices on one track that overlap stand on lines of their own.
#[derive(Clone, Copy)]
struct Lane {
    tid: u32,
    number: usize,
}

fn lanes(slices: &[Slice]) -> Vec<Lane> {
    let mut free: BTreeMap<(u32, &str), Vec<(SimTime, u32)>> = BTreeMap::new();
    let mut tid = 0;
    let place = |slice: &Slice, lanes: &mut Vec<(SimTime, u32)>, tid: &mut u32| {
        let number = lanes.iter().position(|(until, _)| *until <= slice.from).unwrap_or(lanes.len());
        if number == lanes.len() {
            *tid += 1;
            lanes.push((slice.to, *tid));
        }
        lanes[number].0 = slice.to;
        Lane { tid: lanes[number].1, number }
    };
    let mut placed = Vec::new();
    for slice in slices {
        placed.push(place(slice, free.entry((slice.group, slice.track.as_str())).or_default(), &mut tid));
    }
    placed
}

fn names(slices: &[Slice], lanes: &[Lane]) -> Vec<Value> {
    let groups = GROUPS.iter().flat_map(|(pid, name)| {
        [
            json!({"ph": "M", "pid": pid, "tid": 0, "name": "process_name", "args": {"name": name}}),
            json!({"ph": "M", "pid": pid, "tid": 0, "name": "process_sort_index", "args": {"sort_index": pid}}),
        ]
    });
    let tracks: BTreeMap<(u32, u32), String> = slices
        .iter()
        .zip(lanes)
        .map(|(slice, lane)| {
            let name =
                if lane.number == 0 { slice.track.clone() } else { format!("{} ({})", slice.track, lane.number + 1) };
            ((slice.group, lane.tid), name)
        })
        .collect();
    let tracks = tracks.into_iter().map(
        |((pid, tid), name)| json!({"ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": {"name": name}}),
    );
    groups.chain(tracks).collect()
}

/// Microseconds from the first instant shown; earlier ones count backwards.
fn micros(at: SimTime, origin: SimTime) -> f64 {
    match at >= origin {
        true => at.since(origin).0 as f64 / 1e3,
        false => -(origin.since(at).0 as f64 / 1e3),
    }
}

fn drawn(slice: &Slice, tid: u32, origin: SimTime) -> Value {
    let dur = slice.to.since(slice.from).0 as f64 / 1e3;
    let category = if slice.own { "request" } else { "other" };
    json!({"ph": "X", "cat": category, "name": slice.name, "pid": slice.group, "tid": tid,
        "ts": micros(slice.from, origin), "dur": dur, "args": slice.args})
}

/// Arrows along the request's own slices: each ends where the next one begins.
fn arrows(slices: &[Slice], lanes: &[Lane], origin: SimTime) -> Vec<Value> {
    let mut own: Vec<(&Slice, u32)> =
        slices.iter().zip(lanes).filter(|(slice, _)| slice.own).map(|(slice, lane)| (slice, lane.tid)).collect();
    own.sort_by_key(|(slice, _)| (slice.from, slice.to));
    let pairs = own.windows(2).enumerate();
    pairs
        .flat_map(|(k, pair)| {
            let [(a, a_tid), (b, b_tid)] = [pair[0], pair[1]];
            // The last nanosecond of a slice is still within it.
            let leaves = SimTime(a.to.0 - 1);
            let arrow = |ph: &str, pid: u32, tid: u32, at: SimTime| {
                json!({"ph": ph, "bp": "e", "cat": "request", "name": "then", "id": k + 1, "pid": pid, "tid": tid,
                    "ts": micros(at, origin)})
            };
            [arrow("s", a.group, a_tid, leaves), arrow("f", b.group, b_tid, b.from)]
        })
        .collect()
}
