//! The linear relaxation: requests in groups share the slots of alike devices in each window of time.
//!
//! For a group g of requests of one model, class, origin zone and span of windows, let U be the sum of work × noise
//! (the least over the deviations that occur), u the largest of one request, N their number. With the share f(g,k,t)
//! that cluster k computes in window t:
//!
//! ```text
//! minimise    Σ f(g,k,t) · U · (J(k) · CI(k,t) + (n(g,k) − n(g)) / u)  +  Σ N · n(g)
//! subject to  Σ f(g,·,·) = 1,     Σ f(·,k,t) · U · T(k) ≤ devices(k) · throughput(k) · window
//! ```
//!
//! J and T are joules and seconds of work 1, CI the lowest intensity in the window, n(g,k) the least that moving one
//! request's data to the cluster emits, n(g) the least of these: whoever takes a unit of work takes 1/u requests at
//! least. Columns that are dearer than one of a window with room for all who might come are left out, which changes
//! nothing. A small program is solved by the simplex method; of a large one only the prices of the windows are taken
//! from the solver, and the bound is Lagrange's for these prices, valid however far the solver is off.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::{Asked, Place, places};
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

/// What a run served, in groups.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    window: SimDuration,
    groups: BTreeMap<Key, Group>,
    /// Kinds of device that ask, by zone.
    origins: BTreeSet<(ModelId, RequestClassId, ZoneId, usize)>,
    last: Option<Asked>,
}

/// Requests that a program does not tell apart.
#[derive(Clone, Copy, Debug)]
struct Group {
    count: u64,
    units: Sum,
    /// Units of the largest request.
    most: f64,
    /// Input of the smallest.
    input: Bytes,
}

impl Demand {
    pub fn new(window: SimDuration) -> Self {
        let window = SimDuration(window.0.max(1));
        Self { window, groups: BTreeMap::new(), origins: BTreeSet::new(), last: None }
    }

    fn window_of(&self, at: SimTime) -> u32 {
        u32::try_from(at.0 / self.window.0).unwrap_or(u32::MAX)
    }

    pub fn add(&mut self, world: &World, asked: Asked, record: &RequestRecord, latest: SimTime, units: f64) {
        let zone = world.zone_of(record.origin);
        if self.last != Some(asked) {
            self.origins.insert((asked.0, asked.1, zone, asked.2));
            self.last = Some(asked);
        }
        let key = (asked.0, asked.1, zone, self.window_of(record.arrival), self.window_of(latest));
        let empty = Group { count: 0, units: Sum::default(), most: 0.0, input: record.input };
        let group = self.groups.entry(key).or_insert(empty);
        group.count += 1;
        group.units.add(units);
        group.most = group.most.max(units);
        group.input = if record.input < group.input { record.input } else { group.input };
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
    /// Emissions whatever is chosen [g].
    fixed: f64,
}

/// The least that the requests emit with slots shared in each window, and its conditions; or why it is not computed.
pub(super) fn capacity(served: &Served) -> Result<(Grams, Vec<String>), String> {
    if served.split() > 0 {
        return Err(format!("{} requests were split, and the program knows whole models only", served.split()));
    }
    let (clusters, cluster_of) = clusters(served.world, &served.kinds, served.demand.window);
    let windows = served.demand.groups.keys().map(|key| key.4 as usize + 1).max().unwrap_or(0);
    let limit = served.relaxation.columns;
    let columns: usize = served.demand.groups.keys().map(|key| (key.4 - key.3 + 1) as usize * clusters.len()).sum();
    if columns > limit {
        return Err(format!("its program may have {columns} columns, more than {limit}: take longer windows"));
    }
    let mut program = build(served, &clusters, &cluster_of, windows);
    program.reduce();
    let grams = solve::solve(&program)?;
    let window = served.demand.window.as_secs();
    let own = format!("each {window} s, slots of one class and zone are one pool, open to all requests alive in them");
    Ok((Grams(grams), vec![own]))
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

fn build(served: &Served, clusters: &[f64], cluster_of: &[usize], windows: usize) -> Program {
    let world = served.world;
    let lowest = lowest(world, served.demand.window, windows);
    let cells = clusters.iter().flat_map(|&seconds| std::iter::repeat_n(seconds, windows)).collect();
    let mut program = Program { cells, ..Program::default() };
    let mut known: Option<((ModelId, RequestClassId, ZoneId), Vec<Place>)> = None;
    for (&key, group) in &served.demand.groups {
        let asks = (key.0, key.1, key.2);
        if known.as_ref().is_none_or(|(of, _)| *of != asks) {
            let origins =
                served.demand.origins.range((asks.0, asks.1, asks.2, 0)..=(asks.0, asks.1, asks.2, usize::MAX));
            let all = origins.flat_map(|origin| places(world, &served.kinds, (origin.0, origin.1, origin.3)));
            known = Some((asks, all.collect()));
        }
        let Some((_, places)) = &known else { continue };
        program.add(group, (key.3 as usize, key.4 as usize), places, &Map { lowest: &lowest, cluster_of, windows });
    }
    program
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

/// Where things stand in a program.
struct Map<'a> {
    lowest: &'a [Vec<f64>],
    cluster_of: &'a [usize],
    windows: usize,
}

impl Program {
    fn add(&mut self, group: &Group, (first, last): (usize, usize), places: &[Place], map: &Map) {
        let least = |zone: ZoneId| map.lowest[zone.index()][first..=last].iter().copied().fold(f64::INFINITY, f64::min);
        let moving = |place: &Place| place.moving.iter().map(|m| m.energy(group.input) * least(m.zone)).sum::<f64>();
        let mut ways: BTreeMap<usize, (&Place, f64)> = BTreeMap::new();
        for place in places {
            let grams = moving(place);
            let way = ways.entry(map.cluster_of[place.kind]).or_insert((place, grams));
            way.1 = way.1.min(grams);
        }
        let cheapest = ways.values().map(|way| way.1).fold(f64::INFINITY, f64::min);
        let units = group.units.value();
        let requests = if group.most > 0.0 { units / group.most } else { 0.0 };
        let mut columns = Vec::new();
        for (&cluster, &(place, grams)) in &ways {
            let compute = &place.compute;
            let energy = compute.kilowatts * compute.least_seconds() / 3600.0 * units;
            for window in first..=last {
                columns.push(Column {
                    cell: cluster * map.windows + window,
                    grams: energy * map.lowest[place.zone.index()][window] + (grams - cheapest) * requests,
                    seconds: compute.seconds / compute.free * units,
                });
            }
        }
        self.fixed += if columns.is_empty() { 0.0 } else { cheapest * group.count as f64 };
        self.groups.push(columns);
    }

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
