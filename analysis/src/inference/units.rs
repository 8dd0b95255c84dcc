//! One figure of a system over independent units, with the jackknife of its overall value.

/// One figure of every unit, in the order of the units.
#[derive(Clone, Debug, PartialEq)]
pub enum Units {
    /// A value a unit; overall their mean.
    Values(Vec<f64>),
    /// A numerator and a denominator a unit; overall the ratio of the totals, in which a unit counts by its size.
    Ratios(Vec<[f64; 2]>),
}

impl Units {
    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Ratios(pairs) => pairs.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `count` units.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        match self {
            Self::Values(values) => Self::Values(values.iter().take(count).copied().collect()),
            Self::Ratios(pairs) => Self::Ratios(pairs.iter().take(count).copied().collect()),
        }
    }

    /// The overall value; `None` without units or over a total of zero.
    #[must_use]
    pub fn overall(&self) -> Option<f64> {
        let (sum, weight) = self.totals(0..self.len());
        quotient(sum, weight)
    }

    /// The overall value of these units, each as often as it is named: a resample.
    #[must_use]
    pub fn at(&self, units: &[usize]) -> Option<f64> {
        let (sum, weight) = self.totals(units.iter().copied());
        quotient(sum, weight)
    }

    /// Each unit's own value; `None` if a denominator is zero.
    #[must_use]
    pub fn each(&self) -> Option<Vec<f64>> {
        match self {
            Self::Values(values) => Some(values.clone()),
            Self::Ratios(pairs) => pairs.iter().map(|&[sum, weight]| quotient(sum, weight)).collect(),
        }
    }

    /// The jackknife's pseudo-values n·θ − (n − 1)·θ₋ᵢ, whose spread is that of independent values with mean θ.
    ///
    /// Quenouille (1956) and Tukey (1958), for ratios of simulation outputs Law, *Simulation Modeling and Analysis*,
    /// §9.5.3. For a mean they are the values themselves. `None` for fewer than two units or where the total of the
    /// other units is zero.
    #[must_use]
    pub fn pseudo_values(&self) -> Option<Vec<f64>> {
        let n = self.len();
        match self {
            Self::Values(values) => (n > 1).then(|| values.clone()),
            Self::Ratios(pairs) => {
                let (sum, weight) = self.totals(0..n);
                let (count, whole) = (n as f64, quotient(sum, weight)?);
                let without = |&[x, y]: &[f64; 2]| quotient(sum - x, weight - y);
                let pseudo = |pair| without(pair).map(|rest| count * whole - (count - 1.0) * rest);
                if n > 1 { pairs.iter().map(pseudo).collect() } else { None }
            }
        }
    }

    /// Sums of numerators and denominators; the denominator of a value is one.
    fn totals(&self, units: impl Iterator<Item = usize>) -> (f64, f64) {
        let mut totals = (0.0, 0.0);
        for unit in units {
            let [sum, weight] = match self {
                Self::Values(values) => [values[unit], 1.0],
                Self::Ratios(pairs) => pairs[unit],
            };
            totals = (totals.0 + sum, totals.1 + weight);
        }
        totals
    }
}

fn quotient(sum: f64, weight: f64) -> Option<f64> {
    (weight != 0.0).then(|| sum / weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The definition, with each total summed anew over the others.
        #[test]
        fn pseudo_values_are_those_of_the_definition(pairs in prop::collection::vec([0.0f64..9.0, 1.0f64..9.0], 2..20)) {
            let n = pairs.len();
            let units = Units::Ratios(pairs);
            let whole = units.overall().expect("weights");
            for (i, pseudo) in units.pseudo_values().expect("two units").into_iter().enumerate() {
                let others: Vec<usize> = (0..n).filter(|&k| k != i).collect();
                let expected = n as f64 * whole - (n - 1) as f64 * units.at(&others).expect("weights");
                prop_assert!((pseudo - expected).abs() < 1e-10, "{} is not {}", pseudo, expected);
            }
        }

        #[test]
        fn a_ratio_over_ones_is_a_mean_and_its_pseudo_values_are_the_values(
            values in prop::collection::vec(-9.0f64..9.0, 2..20),
        ) {
            let ratios = Units::Ratios(values.iter().map(|&x| [x, 1.0]).collect());
            let means = Units::Values(values);
            prop_assert_eq!(ratios.overall(), means.overall());
            let pairs = ratios.pseudo_values().expect("two").into_iter().zip(means.pseudo_values().expect("two"));
            pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} {b}"));
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert_eq!(Units::Values(vec![]).overall(), None);
        assert_eq!(Units::Values(vec![1.0]).pseudo_values(), None);
        assert_eq!(Units::Ratios(vec![[1.0, 0.0]]).overall(), None);
        assert_eq!(Units::Ratios(vec![[1.0, 0.0], [1.0, 2.0]]).pseudo_values(), None);
    }
}
