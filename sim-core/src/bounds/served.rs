//! Hears the requests that a run completes and sums up what each may emit at least, in memory that does not grow with
//! them.

use rand_distr::{Distribution, StandardNormal};

use super::Relaxation;
use super::choices::{Asked, Moving, Place, index, lognormal, places, undominated};
use super::kinds::Kinds;
#[cfg(feature = "lp")]
use super::program::Drawn;
use super::split::Steps;
use super::window::{Between, Window};
use crate::ids::{Id, RequestClassId};
use crate::kernel::rng::{Purpose, Streams};
use crate::kernel::sum::Sum;
use crate::record::{Ending, Observer, Record, RequestRecord};
use crate::units::{Grams, SimTime};
use crate::world::World;

/// The requests that a run completed, as an observer of it: give it every record, beside other observers.
///
/// It takes under a microsecond a request on the shipped scenarios, and memory for each combination of model, request
/// class, kind of origin and hour that occurs.
pub struct Served<'w> {
    pub(super) world: &'w World,
    streams: Streams,
    pub(super) kinds: Kinds,
    /// By [`index`]; made when first asked for.
    choices: Vec<Option<Box<Choices>>>,
    /// Of the last window that requests of each class had in each zone.
    between: Vec<Between>,
    windows: Vec<Window>,
    suspended: Sum,
    in_one_piece: Sum,
    completed: u64,
    split: u64,
    late: u64,
    #[cfg(feature = "lp")]
    pub(super) relaxation: Relaxation,
    #[cfg(feature = "lp")]
    pub(super) demand: super::program::Demand,
}

/// Where one kind of request may be computed.
#[derive(Debug)]
struct Choices {
    places: Vec<Place>,
    /// Made when a run splits the first of them.
    steps: Option<Steps>,
    /// The deviations of service noise that occur, the place in which each place's stands, and their present factors.
    sigmas: Vec<f64>,
    sigma_of: Vec<usize>,
    factors: Vec<f64>,
    /// The least of all deviations, of places left out too.
    #[cfg(feature = "lp")]
    least_sigma: f64,
}

impl Choices {
    fn new(world: &World, kinds: &Kinds, asked: Asked) -> Self {
        let all = places(world, kinds, asked);
        #[cfg(feature = "lp")]
        let least_sigma = all.iter().map(|place| place.compute.sigma).fold(f64::INFINITY, f64::min);
        let places = undominated(all);
        let mut sigmas: Vec<f64> = Vec::new();
        let mut place_of = |sigma: f64| {
            sigmas.iter().position(|&known| known == sigma).unwrap_or_else(|| {
                sigmas.push(sigma);
                sigmas.len() - 1
            })
        };
        let sigma_of = places.iter().map(|place| place_of(place.compute.sigma)).collect();
        Self {
            factors: vec![1.0; sigmas.len()],
            steps: None,
            sigmas,
            sigma_of,
            #[cfg(feature = "lp")]
            least_sigma,
            places,
        }
    }

    /// Work times noise under each deviation, as the engine draws it for a request that is not split; tells the normal
    /// draw.
    fn draw(&mut self, streams: &Streams, record: &RequestRecord) -> f64 {
        if self.sigmas.iter().all(|&sigma| sigma == 0.0) {
            self.factors.fill(record.work);
            return 0.0;
        }
        let z: f64 = StandardNormal.sample(&mut streams.keyed(Purpose::Service, record.id, 0));
        for (factor, &sigma) in self.factors.iter_mut().zip(&self.sigmas) {
            *factor = record.work * lognormal(z, sigma);
        }
        z
    }

    /// What a request emits at least if it may be suspended, and in one piece [g].
    fn least(&self, world: &World, record: &RequestRecord, windows: &[Window]) -> [f64; 2] {
        let mut least = [f64::INFINITY; 2];
        for (place, &sigma) in self.places.iter().zip(&self.sigma_of) {
            let window = &windows[place.zone.index()];
            let span = place.compute.span(self.factors[sigma]);
            if !window.holds(span) {
                continue;
            }
            let carry = |moving: &Moving| moving.energy(record.input) * windows[moving.zone.index()].lowest;
            let moving: f64 = place.moving.iter().map(carry).sum();
            let power = place.compute.kilowatts / 3600.0;
            // No place is better than at the lowest intensity throughout.
            if moving + power * span.as_secs() * window.lowest >= least[1] {
                continue;
            }
            let signal = world.grid.accounting(place.zone);
            let exposures = [window.in_parts(signal, span), window.in_one_piece(signal, span)];
            for (least, exposure) in least.iter_mut().zip(exposures) {
                *least = least.min(moving + power * exposure);
            }
        }
        least.map(|grams| if grams.is_finite() { grams } else { 0.0 })
    }
}

impl<'w> Served<'w> {
    /// Nothing served yet, in a world under the streams that the run draws from.
    #[must_use]
    pub fn new(
        world: &'w World, streams: Streams,
        #[cfg_attr(not(feature = "lp"), expect(unused_variables))] relaxation: Relaxation,
    ) -> Self {
        let kinds = Kinds::new(world);
        let zones = world.grid.zones.len();
        let asked = world.models.len() * world.request_classes.len() * kinds.all.len();
        Self {
            choices: (0..asked).map(|_| None).collect(),
            between: vec![Between::NONE; world.request_classes.len() * zones],
            windows: Vec::with_capacity(zones),
            kinds,
            world,
            streams,
            suspended: Sum::default(),
            in_one_piece: Sum::default(),
            completed: 0,
            split: 0,
            late: 0,
            #[cfg(feature = "lp")]
            demand: super::program::Demand::new(relaxation.window.unwrap_or(world.settings.horizon.interval)),
            #[cfg(feature = "lp")]
            relaxation,
        }
    }

    /// Requests that completed, late ones included.
    #[must_use]
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// Of these, those whose model was split.
    #[must_use]
    pub fn split(&self) -> u64 {
        self.split
    }

    /// Requests that ended after their deadline and their latest start: their bound depends on when they ended.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// What the requests emit at least if they may be suspended.
    pub(super) fn suspended(&self) -> Grams {
        Grams(self.suspended.value())
    }

    /// What the requests emit at least if each computes in one piece.
    pub(super) fn in_one_piece(&self) -> Grams {
        Grams(self.in_one_piece.value())
    }

    fn complete(&mut self, record: &RequestRecord) {
        self.completed += 1;
        let allowed = record.deadline.map_or(record.start_by, |deadline| deadline.max(record.start_by));
        self.late += u64::from(record.end > allowed);
        let latest = allowed.min(self.world.settings.horizon.end()).max(record.end);
        self.look(record.class, record.arrival, latest);
        let asked = (record.model, record.class, self.kinds.of(record.origin));
        let place = index(self.world, &self.kinds, asked);
        let choices = self.choices[place].get_or_insert_with(|| Box::new(Choices::new(self.world, &self.kinds, asked)));
        if record.plan.is_some_and(|plan| plan.index() >= self.world.devices.len()) {
            self.split += 1;
            let steps = choices.steps.get_or_insert_with(|| Steps::new(self.world, &self.kinds, asked));
            let least = steps.least(record, &self.streams, &self.windows);
            self.suspended.add(least);
            return self.in_one_piece.add(least);
        }
        let z = choices.draw(&self.streams, record);
        let [suspended, in_one_piece] = choices.least(self.world, record, &self.windows);
        self.suspended.add(suspended);
        self.in_one_piece.add(in_one_piece);
        #[cfg(feature = "lp")]
        if self.relaxation.columns > 0 {
            let drawn = Drawn { units: record.work * lognormal(z, choices.least_sigma), z };
            self.demand.add(self.world, asked, record, latest, drawn);
        }
        #[cfg(not(feature = "lp"))]
        let _ = z;
    }

    /// Looks at the window of a request in every zone.
    fn look(&mut self, class: RequestClassId, from: SimTime, to: SimTime) {
        let zones = self.world.grid.zones.len();
        let between = &mut self.between[class.index() * zones..][..zones];
        self.windows.clear();
        for (zone, between) in self.world.grid.zones.ids().zip(between) {
            self.windows.push(Window::new(self.world.grid.accounting(zone), from, to, between));
        }
    }
}

impl Observer for Served<'_> {
    fn record(&mut self, record: &Record) {
        let Record::Request(request) = record;
        match request.ending {
            Ending::Completed | Ending::Late => self.complete(request),
            Ending::Rejected(_) => {}
        }
    }
}
