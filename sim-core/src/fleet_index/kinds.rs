//! Kinds of devices: what of them never changes and counts in a scheduler's choice.

use std::collections::BTreeMap;

use crate::ids::{ClassId, DeviceId, Id, ModelId, RequestClassId, ZoneId};
use crate::scheduler::View;

/// A kind of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind(u32);

impl Kind {
    /// Of devices that run no request of any scheduler.
    pub const NONE: Self = Self(u32::MAX);

    /// The kind of a place in a list of all.
    #[inline]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("invariant: no more kinds than devices"))
    }

    /// Its place in a list of all.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a choice depends on beside which requests a device may run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inputs {
    /// The catalogue entry.
    pub class: bool,
    /// The number of slots, where the class does not count.
    pub slots: bool,
    /// The grid area.
    pub zone: bool,
    /// What other software takes.
    pub background: bool,
    /// The factor of the machine room.
    pub pue: bool,
    /// Site and access links: whatever depends on the pair of origin and device.
    pub place: bool,
}

/// A kind as numbers: which requests it may run, then the inputs that count, 0 where one does not.
type Terms = [u64; 8];

/// All kinds of a fleet.
#[derive(Debug)]
pub(crate) struct Kinds {
    /// A device of each kind.
    representatives: Vec<DeviceId>,
    /// Of each model and class of requests, by model first: the kinds that may run them.
    serving: Vec<Vec<Kind>>,
    request_classes: usize,
    by_place: bool,
}

impl Kinds {
    /// The kinds of a fleet, with the kind of each device.
    pub fn of(view: &View, inputs: Inputs) -> (Self, Vec<Kind>) {
        let request_classes = view.request_classes().len();
        let serving = vec![Vec::new(); view.models().len() * request_classes];
        let mut kinds = Self { representatives: Vec::new(), serving, request_classes, by_place: inputs.place };
        let (mut known, mut lookup) = (BTreeMap::<Terms, Kind>::new(), Lookup::default());
        // Neighbours in the list are mostly alike.
        let mut last: Option<(Terms, Kind)> = None;
        let kind_of = view.devices().map(|device| {
            let Some(terms) = lookup.terms(view, device, inputs) else { return Kind::NONE };
            if let Some((_, kind)) = last.filter(|(other, _)| *other == terms) {
                return kind;
            }
            let kind = *known.entry(terms).or_insert_with(|| kinds.add(view, device));
            last = Some((terms, kind));
            kind
        });
        let kind_of = kind_of.collect();
        (kinds, kind_of)
    }

    fn add(&mut self, view: &View, device: DeviceId) -> Kind {
        let kind = Kind::new(self.representatives.len());
        self.representatives.push(device);
        for (k, (model, class)) in pairs(view).enumerate() {
            if view.serves(device, model, class) {
                self.serving[k].push(kind);
            }
        }
        kind
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.representatives.len()
    }

    /// Whether what depends on the pair of origin and device tells kinds apart.
    pub fn by_place(&self) -> bool {
        self.by_place
    }

    /// A device of a kind.
    #[inline]
    pub fn representative(&self, kind: Kind) -> DeviceId {
        self.representatives[kind.index()]
    }

    /// All kinds.
    pub fn iter(&self) -> impl Iterator<Item = Kind> + use<> {
        (0..self.representatives.len() as u32).map(Kind)
    }

    /// Kinds that may run requests of a model and a class.
    #[inline]
    pub fn serving(&self, model: ModelId, class: RequestClassId) -> &[Kind] {
        &self.serving[model.index() * self.request_classes + class.index()]
    }

    /// Memory beside itself [B].
    pub fn bytes(&self) -> usize {
        let serving: usize = self.serving.iter().map(Vec::capacity).sum();
        self.representatives.capacity() * size_of::<DeviceId>() + serving * size_of::<Kind>()
    }
}

fn pairs(view: &View) -> impl Iterator<Item = (ModelId, RequestClassId)> {
    let classes = view.request_classes();
    view.models().flat_map(move |model| (0..classes.len()).map(move |k| (model, RequestClassId::new(k))))
}

/// Numbers for what is too long to compare device by device.
#[derive(Default)]
struct Lookup {
    /// Which requests may run, by class, zone and whether the device is shared; `None` for none at all.
    served: BTreeMap<(ClassId, ZoneId, bool), Option<u64>>,
    serving: BTreeMap<Vec<bool>, u64>,
    access: BTreeMap<[u32; 2], u64>,
    last_access: Option<([u32; 2], u64)>,
}

impl Lookup {
    fn terms(&mut self, view: &View, device: DeviceId, inputs: Inputs) -> Option<Terms> {
        let (class, zone) = (view.class(device), view.zone(device));
        let served = self.served(view, device)?;
        let given = |wanted: bool, term: u64| if wanted { term } else { 0 };
        let place = if inputs.place { 1 + self.access(view.access_kinds(device)) } else { 0 };
        Some([
            served,
            if inputs.class { u64::from(class.0) } else { given(inputs.slots, u64::from(view.slots(device))) },
            given(inputs.zone, u64::from(zone.0)),
            given(inputs.background, view.background_load(device).to_bits()),
            given(inputs.pue, view.pue(device).to_bits()),
            given(inputs.place, u64::from(view.site(device).0)),
            place,
            // Where they count, embodied emissions are the class's times this share.
            view.embodied_share(device).filter(|_| inputs.class).map_or(0, f64::to_bits),
        ])
    }

    fn served(&mut self, view: &View, device: DeviceId) -> Option<u64> {
        let key = (view.class(device), view.zone(device), view.is_shared(device));
        let serving = &mut self.serving;
        *self.served.entry(key).or_insert_with(|| {
            let serves: Vec<bool> = pairs(view).map(|(model, class)| view.serves(device, model, class)).collect();
            let next = serving.len() as u64;
            serves.contains(&true).then(|| *serving.entry(serves).or_insert(next))
        })
    }

    fn access(&mut self, kinds: [u32; 2]) -> u64 {
        if let Some((_, number)) = self.last_access.filter(|(last, _)| *last == kinds) {
            return number;
        }
        let next = self.access.len() as u64;
        let number = *self.access.entry(kinds).or_insert(next);
        self.last_access = Some((kinds, number));
        number
    }
}
