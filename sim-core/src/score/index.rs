//! The best weighted score without a look at every device: what [`super::scan`] chooses, from cells of equal scores.

use std::collections::BTreeMap;

use ordered_float::OrderedFloat;

use super::board::{Board, Side};
use super::terms::{CarbonForm, Extremes, Frame, Now, Terms, Traits, WhenNone};
use crate::fleet_index::{Entrant, Inputs, Kind, Kinds, Move, Partition};
use crate::ids::{DeviceId, Id, SiteId, ZoneId};
use crate::ranked::{RankIndex, Ranking, Standing};
use crate::scheduler::{Reason, Request, View};
use crate::units::SimTime;

/// The fleet by equal scores.
pub(super) struct Index {
    kinds: Kinds,
    frames: Vec<Frame>,
    cells: Partition<Now>,
    moves: Vec<Move>,
    boards: Vec<Board>,
    /// Zones with an intensity that is not on the boards.
    published: Vec<ZoneId>,
    /// The reports that are in the cells.
    taken: Option<SimTime>,
    /// Kinds within reach of the origins of each place, where limits depend on the pair.
    reaches: Vec<Reach>,
    places: BTreeMap<(SiteId, [u32; 2]), u32>,
    /// Of each device as an origin, once it was one: its place in `reaches`.
    reach_of: Vec<u32>,
    crowding: Option<RankIndex>,
}

/// An origin whose place was not looked up yet.
const UNKNOWN: u32 = u32::MAX;

/// Kinds within the limits of an origin.
#[derive(Clone, Debug)]
struct Reach {
    /// Within the round-trip time of candidates.
    near: Vec<Kind>,
    /// Of these, within the latency threshold.
    quick: Vec<Kind>,
}

impl Reach {
    fn of(terms: &Terms, origin: DeviceId, view: &View, kinds: &Kinds) -> Self {
        let to = |kind: Kind| view.latency_apart(origin, kinds.representative(kind));
        let back = |kind: Kind| view.latency_apart(kinds.representative(kind), origin);
        let is_near = |&kind: &Kind| terms.candidate_rtt.is_none_or(|limit| to(kind) + back(kind) <= limit);
        let is_quick = |&kind: &Kind| terms.latency_threshold.is_none_or(|limit| to(kind) <= limit);
        let near: Vec<Kind> = kinds.iter().filter(is_near).collect();
        let quick = near.iter().copied().filter(is_quick).collect();
        Self { near, quick }
    }
}

/// The origin itself, no distance from itself, if it is a candidate.
type Alone = Option<(DeviceId, Traits, Now)>;

impl Index {
    pub fn new(terms: &Terms, view: &View) -> Self {
        let inputs =
            Inputs { class: true, zone: true, background: true, place: is_limited(terms), ..Inputs::default() };
        let (kinds, kind_of) = Kinds::of(view, inputs);
        Self {
            frames: kinds.iter().map(|kind| Frame::of(view, kinds.representative(kind))).collect(),
            cells: Partition::new(kind_of, kinds.len()),
            kinds,
            moves: Vec::new(),
            boards: Vec::new(),
            published: Vec::new(),
            taken: view.reported_at(),
            reaches: Vec::new(),
            places: BTreeMap::new(),
            reach_of: if is_limited(terms) { vec![UNKNOWN; view.devices().len()] } else { Vec::new() },
            crowding: None,
        }
    }

    /// A device may have changed.
    #[inline]
    pub fn note(&mut self, device: DeviceId) {
        self.cells.note(device);
        if let Some(crowding) = &mut self.crowding {
            crowding.note(device);
        }
    }

    /// A zone has another intensity.
    pub fn published(&mut self, zone: ZoneId) {
        if !self.published.contains(&zone) {
            self.published.push(zone);
        }
    }

    /// The choice of the scan.
    pub fn choose(&mut self, terms: &Terms, request: &Request, view: &View) -> Result<DeviceId, Reason> {
        self.settle(terms, view);
        let board = self.board(terms, request, view);
        let chosen = match (is_limited(terms), terms.form) {
            (false, CarbonForm::Paper | CarbonForm::Kwh) => self.open(board),
            (false, CarbonForm::MinMax) => self.open_between(terms, board),
            (true, _) => self.limited(terms, request, view, board),
        };
        match chosen {
            Choice::Device(device) => Ok(device),
            Choice::Nobody => Err(Reason::NoDevice),
            Choice::Over(_) if terms.when_none == WhenNone::Reject => Err(Reason::OverLimits),
            Choice::Over(_) if terms.when_none == WhenNone::LeastLoaded => self.least_loaded(terms, request, view),
            Choice::Over(device) => Ok(device),
        }
    }

    /// Takes in what has changed.
    fn settle(&mut self, terms: &Terms, view: &View) {
        let taken = view.reported_at();
        if self.taken != taken {
            self.taken = taken;
            self.cells.note_all();
        }
        let (frames, moves) = (&self.frames, &mut self.moves);
        let now = |device, kind: Kind| terms.now(view, device, &frames[kind.index()]);
        // The first time all devices move, and no board is there to hear of it.
        let heard = !self.boards.is_empty();
        self.cells.settle(now, |step| {
            if heard {
                moves.push(step);
            }
        });
        for board in &mut self.boards {
            self.moves.iter().for_each(|step| board.moved(terms, view, &self.cells, step));
            self.published.iter().for_each(|&zone| board.published(terms, view, &self.cells, zone));
        }
        self.moves.clear();
        self.published.clear();
    }

    /// The place of the board of a request's model and class, made if it is the first.
    fn board(&mut self, terms: &Terms, request: &Request, view: &View) -> usize {
        let key = (request.model, request.class);
        let known = self.boards.iter().position(|board| (board.model, board.class) == key);
        known.unwrap_or_else(|| {
            self.boards.push(Board::new(terms, view, &self.kinds, &self.cells, key));
            self.boards.len() - 1
        })
    }

    fn open(&mut self, board: usize) -> Choice {
        let (board, cells) = (&mut self.boards[board], &mut self.cells);
        match board.best(cells, Side::Room).device() {
            Some(device) => Choice::Device(device),
            None => Choice::over(board.best(cells, Side::Full)),
        }
    }

    fn open_between(&mut self, terms: &Terms, board: usize) -> Choice {
        let (board, cells) = (&mut self.boards[board], &mut self.cells);
        let mut best = |side| {
            let kinds = self.kinds.serving(board.model, board.class).iter().copied();
            let extremes = board.extremes(Extremes::NONE, side, kinds.clone());
            board.best_between(terms, cells, side, (kinds, extremes))
        };
        match best(Side::Room).device() {
            Some(device) => Choice::Device(device),
            None => Choice::over(best(Side::Full)),
        }
    }

    /// Where limits depend on the pair of origin and device: the origin alone, then all kinds within reach.
    fn limited(&mut self, terms: &Terms, request: &Request, view: &View, board: usize) -> Choice {
        let origin = request.origin;
        let reach = self.reach(terms, origin, view);
        let Reach { near, quick } = &self.reaches[reach];
        let alone: Alone = view.is_candidate(request, origin).then(|| {
            let traits = Traits::of(view, origin, request.model);
            (origin, traits, terms.now(view, origin, &traits.frame))
        });
        let (board, cells) = (&mut self.boards[board], &mut self.cells);
        let best = |board: &mut Board, cells: &mut _, sides: &[Side], kinds: &[Kind], alone: Alone| {
            let costs = alone.map(|(_, traits, now)| terms.carbon_cost(view, &traits, &now));
            let own = costs.into_iter().fold(Extremes::NONE, Extremes::with);
            let all = |extremes, &side: &Side| board.extremes(extremes, side, kinds.iter().copied());
            let extremes = sides.iter().fold(own, all);
            let score = |(device, traits, now): (DeviceId, Traits, Now)| {
                let carbon = terms.carbon(terms.carbon_cost(view, &traits, &now), extremes);
                Entrant { score: terms.base(&traits, &now) + carbon, device }
            };
            sides.iter().fold(alone.map_or(Entrant::NOBODY, score), |best, &side| {
                best.better(match terms.form {
                    CarbonForm::Paper | CarbonForm::Kwh => board.best_among(cells, side, kinds),
                    CarbonForm::MinMax => board.best_between(terms, cells, side, (kinds.iter().copied(), extremes)),
                })
            })
        };
        let roomy = alone.filter(|(_, traits, now)| terms.has_room(traits, now));
        match best(board, cells, &[Side::Room], quick, roomy).device() {
            Some(device) => Choice::Device(device),
            None => Choice::over(best(board, cells, &[Side::Room, Side::Full], near, alone)),
        }
    }

    /// Where the reach of an origin stands; the origins of a place have it in common.
    fn reach(&mut self, terms: &Terms, origin: DeviceId, view: &View) -> usize {
        if self.reach_of[origin.index()] == UNKNOWN {
            let place = (view.site(origin), view.access_kinds(origin));
            let next = self.reaches.len() as u32;
            let reach = *self.places.entry(place).or_insert(next);
            if reach == next {
                self.reaches.push(Reach::of(terms, origin, view, &self.kinds));
            }
            self.reach_of[origin.index()] = reach;
        }
        self.reach_of[origin.index()] as usize
    }

    fn least_loaded(&mut self, terms: &Terms, request: &Request, view: &View) -> Result<DeviceId, Reason> {
        let least = Nearby { terms };
        let index = self.crowding.get_or_insert_with(|| RankIndex::new(view, least.inputs()));
        index.choose(&least, request, view).ok_or(Reason::OverLimits)
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        let boards: usize = self.boards.iter().map(Board::bytes).sum();
        let reach =
            self.reaches.iter().map(|reach| (reach.near.capacity() + reach.quick.capacity()) * size_of::<Kind>());
        let crowding = self.crowding.as_ref().map_or(0, RankIndex::bytes);
        let frames = self.frames.capacity() * size_of::<Frame>() + self.reach_of.capacity() * size_of::<u32>();
        let moves = self.moves.capacity() * size_of::<Move>();
        self.kinds.bytes() + self.cells.bytes() + boards + reach.sum::<usize>() + crowding + frames + moves
    }
}

/// Whether limits depend on the pair of origin and device.
fn is_limited(terms: &Terms) -> bool {
    terms.latency_threshold.is_some() || terms.candidate_rtt.is_some()
}

/// What was found.
enum Choice {
    Device(DeviceId),
    /// No device passes the filters; the best of all candidates.
    Over(DeviceId),
    /// There is no candidate.
    Nobody,
}

impl Choice {
    fn over(best: Entrant) -> Self {
        best.device().map_or(Self::Nobody, Self::Over)
    }
}

/// The least crowded of the candidates.
struct Nearby<'a> {
    terms: &'a Terms,
}

impl Ranking for Nearby<'_> {
    type Key = OrderedFloat<f64>;

    fn inputs(&self) -> Inputs {
        Inputs { slots: true, place: self.terms.candidate_rtt.is_some(), ..Inputs::default() }
    }

    fn standing(&self, view: &View, device: DeviceId) -> Standing {
        Standing::crowding(view, device)
    }

    fn admits(&self, request: &Request, view: &View, device: DeviceId) -> bool {
        self.terms.is_near(view, request, device)
    }

    fn key(&self, _: &Request, view: &View, device: DeviceId) -> Self::Key {
        OrderedFloat(view.crowding(device))
    }
}
