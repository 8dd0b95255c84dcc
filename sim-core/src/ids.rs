//! Typed small integers that connect the world, with the tables they index.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A dense small integer that names one entity of its kind.
pub trait Id: Copy {
    /// The id of the `index`-th entity.
    fn new(index: usize) -> Self;
    /// Its place in a [`Table`].
    fn index(self) -> usize;
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl Id for $name {
            #[inline]
            fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("invariant: fewer than 2^32 entities of a kind"))
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// One machine.
    DeviceId
);
id!(
    /// A device's catalogue entry.
    ClassId
);
id!(
    /// A place with an access network and a PUE.
    SiteId
);
id!(
    /// A grid area with one carbon signal.
    ZoneId
);
id!(
    /// One direction of a link.
    LinkId
);
id!(
    /// A deep neural network.
    ModelId
);
id!(
    /// A kind of request: its deadline, its slack, its allowed zones.
    RequestClassId
);
id!(
    /// A closed-loop client.
    ClientId
);
id!(
    /// A request's segments in order; the first ids are the single-device plans.
    PlanId
);

impl PlanId {
    /// The plan that runs the whole model on one device.
    #[must_use]
    pub fn whole(device: DeviceId) -> Self {
        Self(device.0)
    }
}

/// A vector indexed by the ids of one kind only.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<I, T> {
    rows: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id, T> Table<I, T> {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::from(Vec::new())
    }

    /// `len` rows of the same value.
    #[must_use]
    pub fn filled(len: usize, value: T) -> Self
    where
        T: Clone,
    {
        Self::from(vec![value; len])
    }

    /// Adds a row and tells its id.
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::new(self.rows.len() - 1)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = I> + use<I, T> {
        (0..self.rows.len()).map(I::new)
    }

    /// All rows in order of their ids.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }

    /// All rows with their ids.
    pub fn enumerate(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.rows.iter().enumerate().map(|(i, row)| (I::new(i), row))
    }

    /// The id of the first row that fits.
    pub fn find(&self, fits: impl Fn(&T) -> bool) -> Option<I> {
        self.rows.iter().position(fits).map(I::new)
    }
}

impl<I: Id, T> Default for Table<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> From<Vec<T>> for Table<I, T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, kind: PhantomData }
    }
}

impl<I: Id, T> FromIterator<T> for Table<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(rows: It) -> Self {
        Self::from(rows.into_iter().collect::<Vec<_>>())
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.rows[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }
}
