//! A running sum that keeps what rounding drops.

/// A compensated sum (Neumaier 1974): the error does not grow with the number of terms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        // Knuth's two-sum: the same rounding error as Neumaier's comparison finds, without its branch.
        let total = self.total + term;
        let part = total - self.total;
        self.lost += (self.total - (total - part)) + (term - part);
        self.total = total;
    }

    /// The sum so far.
    #[must_use]
    #[inline]
    pub fn value(&self) -> f64 {
        self.total + self.lost
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<It: IntoIterator<Item = f64>>(terms: It) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_terms_survive_between_large_ones() {
        let sum: Sum = [1e100, 1.0, -1e100].into_iter().collect();
        assert_eq!(sum.value(), 1.0);
    }
}
