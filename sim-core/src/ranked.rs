//! Schedulers that choose the candidate of least key: by a scan, or by an index that finds the same device.

use std::collections::BTreeMap;

use crate::fleet_index::{Inputs, Kind, Kinds, Partition};
use crate::ids::{DeviceId, ModelId, PlanId, RequestClassId};
use crate::scheduler::{Considered, Decision, Explanation, Reason, Request, Scheduler, Term, View};
use crate::schedulers::{Kind as ParamKind, Param, Params};
use crate::units::SimTime;

/// The parameter by which users check the index.
pub(crate) const SEARCH: Param = Param {
    name: "search",
    kind: ParamKind::Choice(&["auto", "index", "scan"]),
    default: "auto",
    doc: "how the device is found, the same one each way: by looking at all (scan), by an index of groups of equal \
          devices (index), or by the index in fleets of 32 devices and more (auto)",
};

/// Fleets below this are scanned faster than indexed: measured, `benches/decision.rs`.
const SMALL: usize = 32;

/// How a scheduler finds its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    Auto,
    Index,
    Scan,
}

impl Search {
    pub fn of(params: &Params) -> Self {
        match params.text("search") {
            "index" => Self::Index,
            "scan" => Self::Scan,
            _ => Self::Auto,
        }
    }

    /// Whether it is by the index in this fleet.
    #[inline]
    pub fn by_index(self, view: &View) -> bool {
        match self {
            Self::Auto => view.devices().len() >= SMALL,
            Self::Index => true,
            Self::Scan => false,
        }
    }
}

/// What changes of a device and counts for a ranking: within one kind and one major part, keys grow with the minor part
/// and are equal only where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing {
    pub major: u64,
    pub minor: u64,
}

impl Standing {
    /// By the requests assigned to a device and not ended.
    #[inline]
    pub fn crowding(view: &View, device: DeviceId) -> Self {
        Self { major: 0, minor: u64::from(view.in_flight(device)) }
    }

    /// By the expected wait.
    #[inline]
    pub fn wait(view: &View, device: DeviceId) -> Self {
        Self { major: 0, minor: view.expected_wait(device).0 }
    }

    /// The same, with the busy slots apart where a request's energy depends on them.
    #[inline]
    pub fn drawing(self, view: &View, device: DeviceId) -> Self {
        let busy = if view.draws_by_load(device) { u64::from(view.busy(device)) } else { 0 };
        Self { major: busy, ..self }
    }
}

impl Partition<Standing> {
    /// Of each major part of a kind, the lowest device of the least standing.
    #[inline]
    fn fronts(&mut self, kind: Kind, parted: bool, mut then: impl FnMut(DeviceId)) {
        let mut at = None;
        while let Some((standing, cell)) = self.first(kind, at) {
            at = Some(Standing { minor: u64::MAX, ..standing });
            if let Some(device) = self.lowest(cell) {
                then(device);
            }
            if !parted {
                return;
            }
        }
    }
}

/// A choice of the candidate with the least key, the lowest id of equals. Of equal devices a nearer one has no greater
/// key.
pub(crate) trait Ranking {
    /// What is least.
    type Key: Ord + Copy;

    /// What the key depends on that never changes of a device.
    fn inputs(&self) -> Inputs;

    /// Whether standings have major parts.
    const PARTED: bool = false;

    /// What it depends on that changes.
    #[inline]
    fn standing(&self, view: &View, device: DeviceId) -> Standing {
        Standing::crowding(view, device)
    }

    /// The key of a device for a request.
    fn key(&self, request: &Request, view: &View, device: DeviceId) -> Self::Key;

    /// A key as figures with their names, the first one counting most.
    fn told(&self, key: Self::Key) -> Vec<Term> {
        let _ = key;
        Vec::new()
    }

    /// Whether a candidate counts at all.
    #[inline]
    fn admits(&self, request: &Request, view: &View, device: DeviceId) -> bool {
        let _ = (request, view, device);
        true
    }

    /// Whether the keys of all devices like this one are above another, whatever their standing; told fast, or not at all.
    #[inline]
    fn is_hopeless(&self, request: &Request, view: &View, device: DeviceId, other: Self::Key) -> bool {
        let _ = (request, view, device, other);
        false
    }

    /// Whether unequal standings may have led to this key: then all devices are looked at.
    #[inline]
    fn is_blurred(&self, key: Self::Key) -> bool {
        let _ = key;
        false
    }
}

/// The candidates of each model and class, found once: they do not change during a run.
#[derive(Default)]
pub(crate) struct Candidates(BTreeMap<(ModelId, RequestClassId), Vec<DeviceId>>);

impl Candidates {
    /// Those of a request, in order of their ids.
    pub fn of(&mut self, request: &Request, view: &View) -> &[DeviceId] {
        let find = || view.candidates(request).collect();
        self.0.entry((request.model, request.class)).or_insert_with(find)
    }
}

/// The keys of all candidates of a request.
pub(crate) fn explain<R: Ranking>(ranking: &R, request: &Request, view: &View) -> Explanation {
    let of = |device| {
        let key = ranking.told(ranking.key(request, view, device));
        let excluded = (!ranking.admits(request, view, device)).then_some("not of those that it looks at");
        Considered { excluded, ..Considered::whole(request, view, device, key) }
    };
    let rule = "the least key: its first figure counts, the next one among equals, then the lowest id";
    Explanation { rule, considered: view.candidates(request).map(of).collect() }
}

/// The choice of a ranking among candidates: the reference.
pub(crate) fn scan<R: Ranking>(
    ranking: &R, request: &Request, view: &View, candidates: impl Iterator<Item = DeviceId>,
) -> Option<DeviceId> {
    let admitted = candidates.filter(|&device| ranking.admits(request, view, device));
    admitted.min_by_key(|&device| (ranking.key(request, view, device), device))
}

/// The fleet in groups of equal standing; a decision looks at the best of each kind.
pub(crate) struct RankIndex {
    kinds: Kinds,
    cells: Partition<Standing>,
    /// The reports that are in the cells.
    taken: Option<SimTime>,
}

impl RankIndex {
    /// An index for rankings with these inputs.
    pub fn new(view: &View, inputs: Inputs) -> Self {
        let (kinds, kind_of) = Kinds::of(view, inputs);
        let cells = Partition::new(kind_of, kinds.len());
        Self { kinds, cells, taken: view.reported_at() }
    }

    /// A device may have changed.
    #[inline]
    pub fn note(&mut self, device: DeviceId) {
        self.cells.note(device);
    }

    /// Takes in what has changed.
    #[inline]
    pub fn settle(&mut self, view: &View, standing: impl Fn(&View, DeviceId) -> Standing) {
        let taken = view.reported_at();
        if self.taken != taken {
            self.taken = taken;
            self.cells.note_all();
        }
        self.cells.settle(|device, _| standing(view, device), |_| {});
    }

    /// The choice of [`scan`] over all candidates of a request.
    #[inline]
    pub fn choose<R: Ranking>(&mut self, ranking: &R, request: &Request, view: &View) -> Option<DeviceId> {
        self.settle(view, |view, device| ranking.standing(view, device));
        self.least(ranking, request, view)
    }

    /// The same, where all changes are taken in.
    #[inline]
    pub fn least<R: Ranking>(&mut self, ranking: &R, request: &Request, view: &View) -> Option<DeviceId> {
        let mut best: Option<(R::Key, DeviceId)> = None;
        let offer = |best: &mut Option<(R::Key, DeviceId)>, device: DeviceId| {
            if ranking.admits(request, view, device) {
                let rank = (ranking.key(request, view, device), device);
                *best = best.filter(|&other| other < rank).or(Some(rank));
            }
        };
        self.origin_apart(request, view).into_iter().for_each(|origin| offer(&mut best, origin));
        for &kind in self.kinds.serving(request.model, request.class) {
            let like = self.kinds.representative(kind);
            if best.is_some_and(|(key, _)| ranking.is_hopeless(request, view, like, key)) {
                continue;
            }
            self.cells.fronts(kind, R::PARTED, |device| offer(&mut best, device));
        }
        match best {
            Some((key, _)) if ranking.is_blurred(key) => scan(ranking, request, view, view.candidates(request)),
            _ => best.map(|(_, device)| device),
        }
    }

    /// The origin, where it is a candidate and places count: it is nearer than its neighbours of one cell. These need no
    /// look where it stands for them, as what is nearer is no worse, and it has the lowest id.
    #[inline]
    fn origin_apart(&self, request: &Request, view: &View) -> Option<DeviceId> {
        (self.kinds.by_place() && view.is_candidate(request, request.origin)).then_some(request.origin)
    }

    /// Of the candidates that are `within`, the one of least key, the lowest id of equals. Keys are one for each kind and
    /// major part, and a device is within if one of the same with a greater minor part is.
    pub fn least_within<K: Ord + Copy>(
        &mut self, request: &Request, view: &View, key: impl Fn(DeviceId) -> K, within: impl Fn(DeviceId) -> bool,
    ) -> Option<DeviceId> {
        let alone = self.origin_apart(request, view).filter(|&origin| within(origin));
        let mut best = alone.map(|origin| (key(origin), origin));
        for &kind in self.kinds.serving(request.model, request.class) {
            let mut at = None;
            while let Some((standing, cell)) = self.cells.first(kind, at) {
                at = Some(standing);
                let Some(device) = self.cells.lowest(cell) else { continue };
                let rank = (key(device), device);
                if best.is_some_and(|(least, _)| rank.0 > least) || !within(device) {
                    at = Some(Standing { minor: u64::MAX, ..standing });
                } else if best.is_none_or(|other| rank < other) {
                    best = Some(rank);
                }
            }
        }
        best.map(|(_, device)| device)
    }

    /// Memory of it all [B].
    pub fn bytes(&self) -> usize {
        self.kinds.bytes() + self.cells.bytes()
    }
}

/// A scheduler of a ranking.
pub(crate) struct Ranked<R> {
    ranking: R,
    search: Search,
    candidates: Candidates,
    index: Option<RankIndex>,
}

impl<R: Ranking> Ranked<R> {
    pub fn new(ranking: R, params: &Params) -> Self {
        Self { ranking, search: Search::of(params), candidates: Candidates::default(), index: None }
    }
}

impl<R: Ranking> Scheduler for Ranked<R> {
    #[inline]
    fn decide(&mut self, request: &Request, view: &View) -> Decision {
        let chosen = if self.search.by_index(view) {
            let index = self.index.get_or_insert_with(|| RankIndex::new(view, self.ranking.inputs()));
            index.choose(&self.ranking, request, view)
        } else {
            let candidates = self.candidates.of(request, view).iter().copied();
            scan(&self.ranking, request, view, candidates)
        };
        chosen.map_or(Decision::Reject(Reason::NoDevice), |device| Decision::Run(PlanId::whole(device)))
    }

    #[inline]
    fn changed(&mut self, device: DeviceId) {
        if let Some(index) = &mut self.index {
            index.note(device);
        }
    }

    fn explain(&self, request: &Request, view: &View) -> Explanation {
        explain(&self.ranking, request, view)
    }

    fn index_bytes(&self) -> usize {
        self.index.as_ref().map_or(0, RankIndex::bytes)
    }
}
