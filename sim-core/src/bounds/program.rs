//! The linear relaxation: requests in groups share the slots of alike devices in each window of time.
//!
//! For a group g of requests of one model, class, origin zone and span of windows, with the share f(g,k,t) that cluster
//! k computes in window t:
//!
//! ```text
//! minimise    Σ f(g,k,t) · (U(g,k) · J(k) · CI(k,t) + N(g) · n(g,k))
//! subject to  Σ f(g,·,·) = 1,     Σ f(·,k,t) · U(g,k) · T(k) ≤ devices(k) · throughput(k) · window
//! ```
//!
//! U is the sum of work × noise, N the number of requests, J and T joules and seconds of work 1, CI the lowest intensity
//! in the window, n what moving one request's data emits at least. A linear solver gives the price λ of a second in each
//! cell (k,t) that is short of room. The bound is Lagrange's for these prices, valid however far a solver or a group's
//! means are off:
//!
//! ```text
//! Σ over requests of min over (k,t) of (u · (J(k) · CI(k,t) + λ(k,t) · T(k)) + n(k))  −  Σ λ(k,t) · room(k,t)
//! ```
//!
//! The inner minimum is concave in a request's work × noise u, so over requests between u₀ and u₁ it is at least the
//! chord's value at their mean: groups are kept in bins of noise, with least, mean and most of each.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::{Asked, Compute, Moving, Place, lognormal, places};
use super::kinds::Kinds;
use super::served::Served;
use super::window::{Between, Window};
use crate::ids::{Id, ModelId, RequestClassId, ZoneId};
use crate::kernel::sum::Sum;
use crate::record::RequestRecord;
use crate::units::{Bytes, Grams, SimDuration, SimTime};
use crate::world::World;

mod solve;

/// Requests of one model, class and origin zone, between two windows.
type Key = (ModelId, RequestClassId, ZoneId, u32, u32);

/// Width of a bin of noise, in standard deviations: narrow enough for chords to lose less than a percent.
const BIN: f64 = 0.25;

/// What a run served, in groups.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    window: SimDuration,
    /// By group, then by bin of noise.
    groups: BTreeMap<Key, BTreeMap<i16, Bin>>,
    /// Kinds of device that ask, by zone.
    origins: BTreeSet<(ModelId, RequestClassId, ZoneId, usize)>,
    last: Option<Asked>,
}

/// Requests that a program does not tell apart.
#[derive(Clone, Copy, Debug)]
struct Bin {
    count: f64,
    /// Work × noise under the least deviation: in all, of the smallest, of the largest request.
    units: Sum,
    least: f64,
    most: f64,
    /// Input of the request with the smallest.
    input: Bytes,
}

/// A request as the program takes it: its work × noise under the least deviation, and the normal draw of its noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub units: f64,
    pub z: f64,
}

impl Demand {
    pub fn new(window: SimDuration) -> Self {
        let window = SimDuration(window.0.max(1));
        Self { window, groups: BTreeMap::new(), origins: BTreeSet::new(), last: None }
    }

    fn window_of(&self, at: SimTime) -> u32 {
        u32::try_from(at.0 / self.window.0).unwrap_or(u32::MAX)
    }

    pub fn add(&mut self, world: &World, asked: Asked, record: &RequestRecord, latest: SimTime, drawn: Drawn) {
        let zone = world.zone_of(record.origin);
        if self.last != Some(asked) {
            self.origins.insert((asked.0, asked.1, zone, asked.2));
            self.last = Some(asked);
        }
        let key = (asked.0, asked.1, zone, self.window_of(record.arrival), self.window_of(latest));
        let empty = Bin { count: 0.0, units: Sum::default(), least: f64::INFINITY, most: 0.0, input: record.input };
        let bin = self.groups.entry(key).or_default().entry((drawn.z / BIN).floor() as i16).or_insert(empty);
        bin.count += 1.0;
        bin.units.add(drawn.units);
        bin.least = bin.least.min(drawn.units);
        bin.most = bin.most.max(drawn.units);
        bin.input = if record.input < bin.input { record.input } else { bin.input };
    }
}

/// A cluster of devices as a group meets it.
struct Way<'a> {
    cluster: usize,
    compute: &'a Compute,
    zone: ZoneId,
    /// Ways there and back, from all kinds of device that ask.
    moving: Vec<&'a [Moving]>,
}

impl Way<'_> {
    /// Noise of this cluster over noise under the least deviation `least`, in a bin at least.
    fn ratio(&self, bin: i16, least: f64) -> f64 {
        let z = f64::from(bin) * BIN;
        lognormal(z, self.compute.sigma) / lognormal(z, least)
    }

    /// Energy of a unit of work [kWh].
    fn energy(&self) -> f64 {
        self.compute.kilowatts * self.compute.least_seconds() / 3600.0
    }

    /// Seconds in a cell that a unit of work takes.
    fn seconds(&self) -> f64 {
        self.compute.seconds / self.compute.free
    }

    /// What moving the data of one request emits at least [g].
    fn carried(&self, input: Bytes, least: &impl Fn(ZoneId) -> f64) -> f64 {
        let grams = |way: &&[Moving]| way.iter().map(|m| m.energy(input) * least(m.zone)).sum::<f64>();
        self.moving.iter().map(grams).fold(f64::INFINITY, f64::min)
    }
}

/// Where a group's work may go: a cluster in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// The cell of cluster and window.
    cell: usize,
    /// Emissions if it takes the whole group [g].
    grams: f64,
    /// Seconds that the whole group takes there.
    seconds: f64,
}

/// A program: columns of each group, seconds in each cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    groups: Vec<Vec<Column>>,
    cells: Vec<f64>,
}

/// The least that the requests emit with slots shared in each window, and its conditions; or why it is not computed.
pub(super) fn capacity(served: &Served) -> Result<(Grams, Vec<String>), String> {
    if served.split() > 0 {
        return Err(format!("{} requests were split, and the program knows whole models only", served.split()));
    }
    if served.relaxation.columns == 0 {
        return Err("not asked for".into());
    }
    let (clusters, cluster_of) = clusters(served.world, &served.kinds, served.demand.window);
    let windows = served.demand.groups.keys().map(|key| key.4 as usize + 1).max().unwrap_or(0);
    let limit = served.relaxation.columns;
    let columns: usize = served.demand.groups.keys().map(|key| (key.4 - key.3 + 1) as usize * clusters.len()).sum();
    if columns > limit {
        return Err(format!("its program may have {columns} columns, more than {limit}: take longer windows"));
    }
    let map = Map { lowest: lowest(served.world, served.demand.window, windows), cluster_of, windows };
    let cells = clusters.iter().flat_map(|&seconds| std::iter::repeat_n(seconds, windows)).collect();
    let mut program = Program { cells, ..Program::default() };
    each_group(served, &map, |group| program.groups.push(group.columns()));
    program.reduce();
    let prices = solve::prices(&program)?;
    let mut grams = Sum::default();
    each_group(served, &map, |group| grams.add(group.lagrange(&prices)));
    prices.iter().zip(&program.cells).for_each(|(price, room)| grams.add(-price * room));
    let short = prices.iter().filter(|&&price| price > 0.0).count();
    let window = served.demand.window.as_secs();
    let own = vec![
        format!("in each {window} s, slots of one class and zone are one pool for all requests alive in it"),
        format!("{short} of {} pools have a price above zero: capacity counts there", prices.len()),
    ];
    Ok((Grams(grams.value()), own))
}

/// Devices of one class in one zone with one PUE and one background load are a cluster: the seconds that each computes
/// in a window, and the cluster of each kind of device.
fn clusters(world: &World, kinds: &Kinds, window: SimDuration) -> (Vec<f64>, Vec<usize>) {
    let (mut known, mut clusters, mut of) = (BTreeMap::new(), Vec::new(), Vec::new());
    for kind in &kinds.all {
        let (device, zone) = (&world.devices[kind.device], world.zone_of(kind.device));
        let key = (device.class, zone, world.pue_of(kind.device).to_bits(), device.background_load.to_bits());
        let cluster = *known.entry(key).or_insert(clusters.len());
        if cluster == clusters.len() {
            clusters.push(0.0);
        }
        let class = world.class_of(kind.device);
        let throughput = |busy: u16| f64::from(busy) * class.speed(busy);
        let most = (1..=class.slots).map(throughput).fold(0.0, f64::max);
        clusters[cluster] += f64::from(kind.count) * most * window.as_secs();
        of.push(cluster);
    }
    (clusters, of)
}

/// Looks at one group after another.
fn each_group(served: &Served, map: &Map, mut look: impl FnMut(&Met)) {
    let world = served.world;
    let mut known: Option<((ModelId, RequestClassId, ZoneId), Vec<Place>)> = None;
    for (&key, bins) in &served.demand.groups {
        let asks = (key.0, key.1, key.2);
        if known.as_ref().is_none_or(|(of, _)| *of != asks) {
            let origins =
                served.demand.origins.range((asks.0, asks.1, asks.2, 0)..=(asks.0, asks.1, asks.2, usize::MAX));
            let all = origins.flat_map(|origin| places(world, &served.kinds, (origin.0, origin.1, origin.3)));
            known = Some((asks, all.collect()));
        }
        let Some((_, places)) = &known else { continue };
        look(&Met { bins, ways: ways(places, map), span: (key.3 as usize, key.4 as usize), map });
    }
}

/// The clusters among a group's places.
fn ways<'a>(places: &'a [Place], map: &Map) -> Vec<Way<'a>> {
    let mut ways: Vec<Way> = Vec::new();
    for Place { kind, zone, compute, moving } in places {
        let cluster = map.cluster_of[*kind];
        match ways.iter_mut().find(|way| way.cluster == cluster) {
            Some(way) if way.moving.contains(&moving.as_slice()) => {}
            Some(way) => way.moving.push(moving),
            None => ways.push(Way { cluster, compute, zone: *zone, moving: vec![moving] }),
        }
    }
    ways
}

/// Lowest intensity of each zone in each window.
fn lowest(world: &World, window: SimDuration, windows: usize) -> Vec<Vec<f64>> {
    let of = |zone| {
        let signal = world.grid.accounting(zone);
        let at = |k: usize| SimTime((k as u64).saturating_mul(window.0));
        (0..windows).map(|k| Window::new(signal, at(k), at(k + 1), &mut Between::NONE.clone()).lowest).collect()
    };
    world.grid.zones.ids().map(of).collect()
}

/// Where things stand in a program: lowest intensity by zone and window, the cluster of each kind of device.
struct Map {
    lowest: Vec<Vec<f64>>,
    cluster_of: Vec<usize>,
    windows: usize,
}

/// A group with the clusters and windows that are open to it.
struct Met<'a> {
    bins: &'a BTreeMap<i16, Bin>,
    ways: Vec<Way<'a>>,
    span: (usize, usize),
    map: &'a Map,
}

impl Met<'_> {
    /// Lowest intensity of a zone while the group is there.
    fn least(&self, zone: ZoneId) -> f64 {
        let (first, last) = self.span;
        self.map.lowest[zone.index()][first..=last].iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn least_sigma(&self) -> f64 {
        self.ways.iter().map(|way| way.compute.sigma).fold(f64::INFINITY, f64::min)
    }

    /// What the group emits and takes in each cell, by its sums.
    fn columns(&self) -> Vec<Column> {
        let sigma = self.least_sigma();
        let mut columns = Vec::new();
        for way in &self.ways {
            let units: f64 = self.bins.iter().map(|(&bin, of)| way.ratio(bin, sigma) * of.units.value()).sum();
            let carried: f64 =
                self.bins.values().map(|bin| bin.count * way.carried(bin.input, &|zone| self.least(zone))).sum();
            for window in self.span.0..=self.span.1 {
                let intensity = self.map.lowest[way.zone.index()][window];
                columns.push(Column {
                    cell: way.cluster * self.map.windows + window,
                    grams: units * way.energy() * intensity + carried,
                    seconds: units * way.seconds(),
                });
            }
        }
        columns
    }

    /// What the group emits and pays at least, at prices of each cell's seconds [g/s].
    fn lagrange(&self, prices: &[f64]) -> f64 {
        let sigma = self.least_sigma();
        let per_unit = |way: &Way| {
            let in_window = |window: usize| {
                let price = prices[way.cluster * self.map.windows + window];
                way.energy() * self.map.lowest[way.zone.index()][window] + way.seconds() * price
            };
            (self.span.0..=self.span.1).map(in_window).fold(f64::INFINITY, f64::min)
        };
        let per_unit: Vec<f64> = self.ways.iter().map(per_unit).collect();
        let mut sum = Sum::default();
        for (&bin, of) in self.bins {
            // Slope and intercept of each cluster; the engine's rounding may take half a nanosecond off a request.
            let line = |(way, &grams): (&Way, &f64)| {
                let rounding = 0.5e-9 / way.compute.least_seconds() * grams;
                (way.ratio(bin, sigma) * grams, way.carried(of.input, &|zone| self.least(zone)) - rounding)
            };
            let lines: Vec<(f64, f64)> = self.ways.iter().zip(&per_unit).map(line).collect();
            let at = |units: f64| lines.iter().map(|(a, b)| a * units + b).fold(f64::INFINITY, f64::min);
            let (low, high) = (at(of.least), at(of.most));
            let width = of.most - of.least;
            let part = if width > 0.0 { (of.units.value() / of.count - of.least) / width } else { 0.0 };
            sum.add(of.count * (low + (high - low) * part.clamp(0.0, 1.0)));
        }
        sum.value()
    }
}

impl Program {
    /// Leaves out what no optimum needs: columns dearer than one of a cell with room for all who might come.
    pub(super) fn reduce(&mut self) {
        loop {
            let before: usize = self.groups.iter().map(Vec::len).sum();
            let asked = self.asked();
            for columns in &mut self.groups {
                let roomy = columns.iter().filter(|column| asked[column.cell] <= self.cells[column.cell]);
                let Some(best) = roomy.min_by(|a, b| a.grams.total_cmp(&b.grams)).copied() else { continue };
                columns.retain(|column| column.grams < best.grams || column.cell == best.cell);
            }
            if self.groups.iter().map(Vec::len).sum::<usize>() == before {
                return;
            }
        }
    }

    /// Seconds of all who might come to each cell.
    fn asked(&self) -> Vec<f64> {
        let mut asked = vec![0.0; self.cells.len()];
        self.groups.iter().flatten().for_each(|column| asked[column.cell] += column.seconds);
        asked
    }
}
