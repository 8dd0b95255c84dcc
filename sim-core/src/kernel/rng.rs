//! Named random streams: a draw depends on its name and never on the order of other draws.

use rand_pcg::Pcg64Dxsm;

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Purpose {
    /// Gaps between arrivals of a source.
    Arrivals = 1,
    /// What a request asks for: model, class, work.
    Contents = 2,
    /// A client's think times.
    Think = 3,
    /// Service noise of a request's segment.
    Service = 4,
    /// A scheduler's own draws.
    Scheduler = 5,
    /// Building a fleet: places, classes.
    Fleet = 6,
    /// Synthetic carbon signals.
    Grid = 7,
    /// Which requests a sample keeps.
    Sample = 8,
    /// Errors of forecasts.
    Forecast = 9,
    /// Input sizes of requests.
    Size = 10,
    /// Which rows of a trace are replayed.
    Thin = 11,
    /// Start dates of a comparison's periods.
    Period = 12,
}

/// The generator behind every stream: 32 bytes, cheap to open (PCG64 DXSM).
pub type Stream = Pcg64Dxsm;

/// The root of all streams of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    replication: u64,
}

impl Streams {
    /// The streams of a replication of a scenario's seed.
    #[must_use]
    pub fn new(seed: u64, replication: u64) -> Self {
        Self { seed, replication }
    }

    /// The scenario's seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream of one entity for one purpose.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, entity: u64) -> Stream {
        self.keyed(purpose, entity, 0)
    }

    /// The stream of one part (a segment, a visit, a decision) of an entity for one purpose.
    #[must_use]
    #[inline]
    pub fn keyed(&self, purpose: Purpose, entity: u64, part: u64) -> Stream {
        self.family(purpose, entity).part(part)
    }

    /// All streams of one entity for one purpose; keep it where many of its parts are opened.
    #[must_use]
    #[inline]
    pub fn family(&self, purpose: Purpose, entity: u64) -> Family {
        let mut hash = Sponge(0x243f_6a88_85a3_08d3);
        for word in [self.seed, self.replication, purpose as u64, entity] {
            hash.absorb(word);
        }
        Family(hash)
    }
}

/// The streams of one entity for one purpose, of which a part is opened in a third of the time.
#[derive(Clone, Copy, Debug)]
pub struct Family(Sponge);

impl Family {
    /// The stream of one part.
    #[must_use]
    #[inline]
    pub fn part(self, part: u64) -> Stream {
        let mut hash = self.0;
        hash.absorb(part);
        let state = u128::from(hash.squeeze()) << 64 | u128::from(hash.squeeze());
        let stream = u128::from(hash.squeeze()) << 64 | u128::from(hash.squeeze());
        Stream::new(state, stream)
    }
}

/// A chained 64-bit mix (Stafford's variant 13 of the MurmurHash3 finaliser): every input bit reaches every output bit.
#[derive(Clone, Copy, Debug)]
struct Sponge(u64);

impl Sponge {
    #[inline]
    fn absorb(&mut self, word: u64) {
        self.0 = mix(self.0 ^ mix(word.wrapping_add(GOLDEN)));
    }

    #[inline]
    fn squeeze(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_that_differ_in_one_word_of_their_name_differ_in_their_draws() {
        let first = |streams: Streams, purpose, entity, part| streams.keyed(purpose, entity, part).next_u64();
        let base = Streams::new(1, 0);
        let draw = first(base, Purpose::Arrivals, 7, 0);
        assert_eq!(draw, first(base, Purpose::Arrivals, 7, 0));
        assert_ne!(draw, first(Streams::new(2, 0), Purpose::Arrivals, 7, 0));
        assert_ne!(draw, first(Streams::new(1, 1), Purpose::Arrivals, 7, 0));
        assert_ne!(draw, first(base, Purpose::Contents, 7, 0));
        assert_ne!(draw, first(base, Purpose::Arrivals, 8, 0));
        assert_ne!(draw, first(base, Purpose::Arrivals, 7, 1));
    }

    #[test]
    fn first_draws_of_neighbouring_streams_are_spread_evenly() {
        let streams = Streams::new(42, 0);
        let mut counts = [0u32; 16];
        for entity in 0..16_000 {
            counts[(streams.stream(Purpose::Service, entity).next_u64() >> 60) as usize] += 1;
        }
        // 1000 expected in each; six standard deviations are 184.
        assert!(counts.iter().all(|&n| (816..=1184).contains(&n)), "{counts:?}");
    }
}
