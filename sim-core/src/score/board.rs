//! The scores of all cells for one kind of request, the best of each kind of devices at hand.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use ordered_float::OrderedFloat;

use super::terms::{CarbonForm, Extremes, Now, Terms, Traits};
use crate::fleet_index::{Cell, Entrant, Kind, Kinds, Move, Partition, Tournament};
use crate::ids::{ModelId, RequestClassId, ZoneId};
use crate::scheduler::View;

/// Cells with room for a request, by the filters but for latency, or those without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Room,
    Full,
}

/// Where a cell stands on the board.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Standing {
    kind: Kind,
    side: Side,
    key: OrderedFloat<f64>,
}

/// One kind of devices.
#[derive(Debug)]
struct Row {
    traits: Traits,
    /// Whether it may run these requests.
    serves: bool,
    /// I·P·T of its devices, unless each has its own.
    cost: f64,
    /// What is added to a key: the carbon term, unless it is in the keys or a matter of the decision.
    carbon: f64,
    /// Cells by key, the highest first, of each side.
    order: [BTreeSet<(Reverse<OrderedFloat<f64>>, Cell)>; 2],
}

/// What keys hold: with a time of its own for each device, a cost of its own, so the carbon term too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// Scores but for the carbon term, which is one for a kind; addition is monotone, so they order scores as well.
    Bases,
    /// Scores.
    Scores,
}

/// One side's best of each kind, with the kinds whose best is out of date.
#[derive(Debug)]
struct Bests {
    best: Tournament,
    stale: Vec<Kind>,
    is_stale: Vec<bool>,
}

impl Bests {
    fn new(kinds: usize) -> Self {
        Self { best: Tournament::new(kinds), stale: Vec::new(), is_stale: vec![false; kinds] }
    }

    #[inline]
    fn note(&mut self, kind: Kind) {
        if !std::mem::replace(&mut self.is_stale[kind.index()], true) {
            self.stale.push(kind);
        }
    }
}

/// Scores for requests of one model and class.
#[derive(Debug)]
pub(super) struct Board {
    pub model: ModelId,
    pub class: RequestClassId,
    keys: Keys,
    rows: Vec<Row>,
    placed: Vec<Option<Standing>>,
    sides: [Bests; 2],
}

impl Board {
    pub fn new(
        terms: &Terms, view: &View, kinds: &Kinds, cells: &Partition<Now>, (model, class): (ModelId, RequestClassId),
    ) -> Self {
        let row = |kind| {
            let device = kinds.representative(kind);
            Row {
                traits: Traits::of(view, device, model),
                serves: view.serves(device, model, class),
                cost: 0.0,
                carbon: 0.0,
                order: [BTreeSet::new(), BTreeSet::new()],
            }
        };
        let keys = if terms.by_history() { Keys::Scores } else { Keys::Bases };
        let rows = kinds.iter().map(row).collect();
        let sides = [Bests::new(kinds.len()), Bests::new(kinds.len())];
        let mut board = Self { model, class, keys, rows, placed: Vec::new(), sides };
        kinds.iter().for_each(|kind| board.price(terms, view, cells, kind));
        (0..cells.cells()).for_each(|cell| board.touch(terms, view, cells, cell as Cell));
        board
    }

    /// Takes in the intensity of a zone.
    pub fn published(&mut self, terms: &Terms, view: &View, cells: &Partition<Now>, zone: ZoneId) {
        for k in 0..self.rows.len() {
            if self.rows[k].traits.zone == zone {
                self.price(terms, view, cells, Kind::new(k));
            }
        }
    }

    /// Takes in the present intensity of a kind's zone.
    fn price(&mut self, terms: &Terms, view: &View, cells: &Partition<Now>, kind: Kind) {
        self.sides.iter_mut().for_each(|side| side.note(kind));
        if self.keys == Keys::Bases {
            let row = &mut self.rows[kind.index()];
            row.cost = terms.carbon_cost(view, &row.traits, &Now::UNREPORTED);
            row.carbon = match terms.form {
                CarbonForm::Paper | CarbonForm::Kwh => terms.carbon(row.cost, Extremes::NONE),
                CarbonForm::MinMax => 0.0,
            };
            return;
        }
        let mut at = cells.first(kind, None);
        while let Some((now, cell)) = at {
            self.touch(terms, view, cells, cell);
            at = cells.first(kind, Some(now));
        }
    }

    /// A device has moved: its old kind may lose its best, its new one may win a better.
    #[inline]
    pub fn moved(&mut self, terms: &Terms, view: &View, cells: &Partition<Now>, step: &Move) {
        if let Some(from) = step.from {
            if let Some(Standing { kind, side, .. }) = self.placed[from as usize] {
                let bests = &mut self.sides[side as usize];
                if bests.best.get(kind.index()).device == step.device {
                    bests.note(kind);
                }
            }
            if step.emptied {
                self.touch(terms, view, cells, from);
            }
        }
        if step.opened {
            self.touch(terms, view, cells, step.to);
        }
        if let Some(Standing { kind, side, key }) = self.placed[step.to as usize] {
            let bests = &mut self.sides[side as usize];
            if !bests.is_stale[kind.index()] {
                let score = key.0 + self.rows[kind.index()].carbon;
                bests.best.offer(kind.index(), Entrant { score, device: step.device });
            }
        }
    }

    /// A cell was opened or emptied, or its score has changed.
    fn touch(&mut self, terms: &Terms, view: &View, cells: &Partition<Now>, cell: Cell) {
        let at = cell as usize;
        if self.placed.len() <= at {
            self.placed.resize(cells.cells().max(at + 1), None);
        }
        let now = cells.cell(cell).and_then(|(kind, now)| self.standing(terms, view, kind, &now));
        let before = std::mem::replace(&mut self.placed[at], now);
        if before == now {
            return;
        }
        if let Some(Standing { kind, side, key }) = before {
            self.rows[kind.index()].order[side as usize].remove(&(Reverse(key), cell));
        }
        if let Some(Standing { kind, side, key }) = now {
            self.rows[kind.index()].order[side as usize].insert((Reverse(key), cell));
        }
    }

    fn standing(&self, terms: &Terms, view: &View, kind: Kind, now: &Now) -> Option<Standing> {
        let Row { traits, serves, .. } = &self.rows[kind.index()];
        let side = if terms.has_room(traits, now) { Side::Room } else { Side::Full };
        let base = terms.base(traits, now);
        let key = match self.keys {
            Keys::Bases => base,
            Keys::Scores => base + terms.carbon(terms.carbon_cost(view, traits, now), Extremes::NONE),
        };
        serves.then_some(Standing { kind, side, key: OrderedFloat(key) })
    }

    /// The best of a kind on a side if so much is added to keys; the lowest id of equal scores.
    fn front(&self, cells: &mut Partition<Now>, kind: Kind, side: Side, carbon: f64) -> Entrant {
        let mut best = Entrant::NOBODY;
        for &(Reverse(key), cell) in &self.rows[kind.index()].order[side as usize] {
            let score = key.0 + carbon;
            if score < best.score {
                break;
            }
            if let Some(device) = cells.lowest(cell) {
                best = best.better(Entrant { score, device });
            }
        }
        best
    }

    /// Brings the best of each kind up to date.
    fn refresh(&mut self, cells: &mut Partition<Now>, side: Side) {
        while let Some(kind) = self.sides[side as usize].stale.pop() {
            let best = self.front(cells, kind, side, self.rows[kind.index()].carbon);
            let bests = &mut self.sides[side as usize];
            bests.is_stale[kind.index()] = false;
            bests.best.set(kind.index(), best);
        }
    }

    /// The best device of all kinds.
    pub fn best(&mut self, cells: &mut Partition<Now>, side: Side) -> Entrant {
        self.refresh(cells, side);
        self.sides[side as usize].best.winner()
    }

    /// The best device of some kinds.
    pub fn best_among(&mut self, cells: &mut Partition<Now>, side: Side, kinds: &[Kind]) -> Entrant {
        self.refresh(cells, side);
        let bests = &self.sides[side as usize].best;
        kinds.iter().fold(Entrant::NOBODY, |best, kind| best.better(bests.get(kind.index())))
    }

    /// Widens extremes to the costs of those of some kinds that have devices on a side.
    pub fn extremes(&self, extremes: Extremes, side: Side, kinds: impl Iterator<Item = Kind>) -> Extremes {
        let rows = kinds.map(|kind| &self.rows[kind.index()]);
        rows.filter(|row| !row.order[side as usize].is_empty()).fold(extremes, |extremes, row| extremes.with(row.cost))
    }

    /// The best device of some kinds, where carbon terms are a matter of the decision.
    pub fn best_between(
        &mut self, terms: &Terms, cells: &mut Partition<Now>, side: Side,
        (kinds, extremes): (impl Iterator<Item = Kind>, Extremes),
    ) -> Entrant {
        self.refresh(cells, side);
        let mut best = Entrant::NOBODY;
        for kind in kinds {
            let key = self.sides[side as usize].best.get(kind.index());
            if key == Entrant::NOBODY {
                continue;
            }
            let carbon = terms.carbon(self.rows[kind.index()].cost, extremes);
            if key.score + carbon >= best.score {
                best = best.better(self.front(cells, kind, side, carbon));
            }
        }
        best
    }

    /// Memory beside itself [B]; that of the sets is estimated at twice their entries.
    pub fn bytes(&self) -> usize {
        let entries: usize = self.rows.iter().flat_map(|row| &row.order).map(BTreeSet::len).sum();
        let sides = self.sides.iter().map(|side| side.best.bytes() + side.is_stale.capacity());
        self.rows.capacity() * size_of::<Row>()
            + self.placed.capacity() * size_of::<Option<Standing>>()
            + 2 * entries * size_of::<(Reverse<OrderedFloat<f64>>, Cell)>()
            + sides.sum::<usize>()
    }
}
