//! What an arrival asks for: its origin, its model, its class, its work, its input.

use rand::RngExt;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;
use sim_core::arrival::Arrival;
use sim_core::ids::{ClientId, DeviceId, ModelId, RequestClassId};
use sim_core::kernel::rng::{Family, Purpose, Stream, Streams};
use sim_core::units::{Bytes, SimTime};

use super::draw::Draw;
use super::origins::Origins;
use crate::error::{ParameterError, positive};

/// A weighted choice in constant time.
#[derive(Clone, Debug)]
pub struct Choice<T> {
    items: Vec<T>,
    /// None when all weights are equal.
    weights: Option<WeightedAliasIndex<f64>>,
}

impl<T: Copy> Choice<T> {
    /// Always the same; no random number is drawn.
    #[must_use]
    pub fn only(item: T) -> Self {
        Self { items: vec![item], weights: None }
    }

    /// Each with the same probability.
    ///
    /// # Errors
    /// If there is nothing to choose from.
    pub fn uniform(items: Vec<T>) -> Result<Self, ParameterError> {
        if items.is_empty() { Err(ParameterError::NoChoice) } else { Ok(Self { items, weights: None }) }
    }

    /// Each with a probability that is proportional to its weight (alias method: Walker 1977, Vose 1991).
    ///
    /// # Errors
    /// If there is nothing to choose from, or the weights are not finite, negative, all zero or not one an item.
    pub fn weighted(items: Vec<T>, weights: Vec<f64>) -> Result<Self, ParameterError> {
        if items.len() != weights.len() {
            return Err(ParameterError::BadWeights);
        }
        let table = WeightedAliasIndex::new(weights).map_err(|_| ParameterError::BadWeights)?;
        Ok(Self { weights: Some(table), ..Self::uniform(items)? })
    }

    /// One of the items.
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> T {
        let index = match &self.weights {
            Some(table) => table.sample(stream),
            None if self.items.len() == 1 => 0,
            None => stream.random_range(0..self.items.len()),
        };
        self.items[index]
    }
}

/// The random numbers that the requests of one source or client own.
#[derive(Clone, Copy, Debug)]
pub struct Lucks {
    contents: Family,
    size: Family,
}

impl Lucks {
    /// Of the requests of an `entity`, which is a source or a client.
    #[must_use]
    pub fn new(streams: Streams, entity: u64) -> Self {
        Self { contents: streams.family(Purpose::Contents, entity), size: streams.family(Purpose::Size, entity) }
    }

    /// Those of its `part`-th request.
    #[must_use]
    #[inline]
    pub fn of(self, part: u64) -> Luck {
        Luck { all: self, part }
    }
}

/// The random numbers that one request owns.
#[derive(Clone, Copy, Debug)]
pub struct Luck {
    all: Lucks,
    part: u64,
}

impl Luck {
    /// What is asked for, and where.
    fn contents(&self) -> Stream {
        self.all.contents.part(self.part)
    }

    /// How much is sent.
    fn size(&self) -> Stream {
        self.all.size.part(self.part)
    }
}

/// Larger inputs would be no requests [B].
pub const MOST_BYTES: f64 = 1e15;

/// More work than a billion inferences is none: a unit is wrong.
pub const MOST_WORK: f64 = 1e9;

/// What a request is, whoever asks.
#[derive(Clone, Debug)]
pub struct Contents {
    models: Choice<ModelId>,
    classes: Choice<RequestClassId>,
    work: Draw,
    /// Input sizes [B]; the model's if none.
    input: Option<Draw>,
}

impl Contents {
    /// Requests of mixed models, classes and work; the work multiplies the compute time.
    ///
    /// # Errors
    /// If the mean work is not positive.
    pub fn new(models: Choice<ModelId>, classes: Choice<RequestClassId>, work: Draw) -> Result<Self, ParameterError> {
        positive("mean work", work.mean())?;
        Ok(Self { models, classes, work, input: None })
    }

    /// Requests that are all alike, with work 1.
    #[must_use]
    pub fn plain(model: ModelId, class: RequestClassId) -> Self {
        let work = Draw::constant(1.0).expect("invariant: 1 is a work");
        Self { models: Choice::only(model), classes: Choice::only(class), work, input: None }
    }

    /// The same requests with inputs of their own sizes, drawn in bytes [B] and rounded to whole ones.
    #[must_use]
    pub fn with_input(mut self, bytes: Draw) -> Self {
        self.input = Some(bytes);
        self
    }

    /// The request that `origin` makes at `at`.
    #[must_use]
    pub fn arrival(&self, luck: Luck, at: SimTime, origin: DeviceId, client: Option<ClientId>) -> Arrival {
        let asked = self.drawn(luck, &mut luck.contents(), at);
        Arrival { origin, client, ..asked }
    }

    /// All but origin and client. Sizes have a stream of their own, so that they leave the other draws as they were.
    fn drawn(&self, luck: Luck, stream: &mut Stream, at: SimTime) -> Arrival {
        let (class, model) = (self.classes.sample(stream), self.models.sample(stream));
        let work = self.work.sample(stream);
        let input = self.input.map(|bytes| Bytes(bytes.sample(&mut luck.size()).round()));
        Arrival { at, origin: DeviceId(0), model, class, work, input, slack: None, deadline: None, client: None }
    }
}

/// What an open loop's arrival asks for, and where.
#[derive(Clone, Debug)]
pub struct Mix {
    origins: Origins,
    contents: Contents,
}

impl Mix {
    /// Requests of these contents from these origins.
    #[must_use]
    pub fn new(origins: Origins, contents: Contents) -> Self {
        Self { origins, contents }
    }

    /// The arrival at `at`.
    #[must_use]
    pub fn arrival(&self, luck: Luck, at: SimTime) -> Arrival {
        self.arrival_from(&self.origins, luck, at)
    }

    /// The arrival at `at` from one of other `origins`.
    ///
    /// The origin is drawn last: another fleet leaves model, class and work of every request as they were.
    pub(crate) fn arrival_from(&self, origins: &Origins, luck: Luck, at: SimTime) -> Arrival {
        let mut stream = luck.contents();
        let asked = self.contents.drawn(luck, &mut stream, at);
        Arrival { origin: origins.sample(&mut stream), ..asked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::origins::Run;

    #[test]
    fn shares_follow_the_weights() {
        let choice = Choice::weighted(vec![0usize, 1, 2, 3], vec![1.0, 2.0, 0.0, 5.0]).unwrap();
        let mut stream = Streams::new(3, 0).stream(Purpose::Contents, 0);
        let mut counts = [0u32; 4];
        (0..80_000).for_each(|_| counts[choice.sample(&mut stream)] += 1);
        // Five standard deviations √(n p (1−p)) are at most 685.
        for (count, expected) in counts.iter().zip([10_000u32, 20_000, 0, 50_000]) {
            assert!(count.abs_diff(expected) <= if expected == 0 { 0 } else { 685 }, "{counts:?}");
        }
    }

    #[test]
    fn weights_that_choose_nothing_are_refused() {
        assert_eq!(Choice::<u32>::uniform(vec![]).unwrap_err(), ParameterError::NoChoice);
        for weights in [vec![0.0, 0.0], vec![1.0, -1.0], vec![1.0, f64::NAN], vec![1.0]] {
            assert_eq!(Choice::weighted(vec![1, 2], weights).unwrap_err(), ParameterError::BadWeights);
        }
    }

    #[test]
    fn neither_another_fleet_nor_sizes_of_inputs_move_the_other_draws() {
        let contents = Contents::new(
            Choice::uniform((0..5).map(ModelId).collect()).unwrap(),
            Choice::only(RequestClassId(0)),
            Draw::exponential(1.0).unwrap(),
        )
        .unwrap();
        let sized = contents.clone().with_input(Draw::lognormal_of_mean(2e5, 0.6).unwrap());
        let asked = |devices: u32, contents: &Contents, k: u64| {
            let mix = Mix::new(Origins::alike(Run::of((0..devices).map(DeviceId))).unwrap(), contents.clone());
            mix.arrival(Lucks::new(Streams::new(3, 0), 0).of(k), SimTime::ZERO)
        };
        for k in 0..100 {
            let (few, many, with) = (asked(3, &contents, k), asked(1000, &contents, k), asked(1000, &sized, k));
            assert_eq!((few.model, few.work, few.input), (many.model, many.work, None));
            assert_eq!(Arrival { input: None, ..with }, many);
            assert!(with.input.is_some_and(|bytes| bytes.0 > 0.0 && bytes.0.fract() == 0.0));
            assert_eq!(with.input, asked(3, &sized, k).input);
        }
    }
}
