//! Non-negative least squares: min ‖A·x − b‖² over x ≥ 0.

use nalgebra::{DMatrix, DVector};

/// Gradient, over the norm of b, from which on a coefficient is worth entering: columns have norm 1.
const GRADIENT: f64 = 1e-11;

/// The x ≥ 0 that minimises ‖A·x − b‖², by the active sets of Lawson and Hanson (*Solving Least Squares Problems*, 1974,
/// chapter 23).
///
/// Columns are scaled to norm 1 inside, so their units do not matter; a column of zeros has the coefficient 0.
///
/// ```
/// use hardware_profiles::nnls::nnls;
/// use nalgebra::{DMatrix, DVector};
///
/// // The plain solution is (2, −1); the best without negative parts leaves the second column out.
/// let a = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 0.0, 1.0]);
/// let x = nnls(&a, &DVector::from_vec(vec![1.0, -1.0]));
/// assert_eq!((x[0], x[1]), (1.0, 0.0));
/// ```
#[must_use]
pub fn nnls(a: &DMatrix<f64>, b: &DVector<f64>) -> DVector<f64> {
    let norms: Vec<f64> = a.column_iter().map(|column| column.norm()).collect();
    let unit = |row: usize, column: usize| if norms[column] > 0.0 { a[(row, column)] / norms[column] } else { 0.0 };
    let mut search = Search::new(DMatrix::from_fn(a.nrows(), a.ncols(), unit), b);
    // Each round lowers the residual, so no active set comes twice; the bound is against rounding alone.
    for _ in 0..3 * a.ncols() + 1 {
        if !search.enter() {
            break;
        }
    }
    DVector::from_fn(a.ncols(), |column, _| if norms[column] > 0.0 { search.x[column] / norms[column] } else { 0.0 })
}

/// The active set under way, on columns of norm 1.
struct Search<'b> {
    a: DMatrix<f64>,
    b: &'b DVector<f64>,
    x: DVector<f64>,
    /// Columns whose coefficient is free to be positive.
    free: Vec<bool>,
}

impl<'b> Search<'b> {
    fn new(a: DMatrix<f64>, b: &'b DVector<f64>) -> Self {
        let columns = a.ncols();
        Self { a, b, x: DVector::zeros(columns), free: vec![false; columns] }
    }

    /// Frees the column that lowers the residual most and solves again; `false` if none would lower it.
    fn enter(&mut self) -> bool {
        let gradient = self.a.tr_mul(&(self.b - &self.a * &self.x));
        let mut steepest: Vec<usize> =
            (0..self.free.len()).filter(|&k| !self.free[k] && gradient[k] > GRADIENT * self.b.norm()).collect();
        steepest.sort_by(|&i, &j| gradient[j].total_cmp(&gradient[i]));
        for column in steepest {
            self.free[column] = true;
            let solution = self.solve();
            // Rounding can make a column that depends on the others look useful.
            if solution[column] > 0.0 {
                self.approach(solution);
                return true;
            }
            self.free[column] = false;
        }
        false
    }

    /// Goes towards a solution until a coefficient meets zero, drops that one and solves again.
    fn approach(&mut self, mut solution: DVector<f64>) {
        while let Some((first, step)) = self.first_to_vanish(&solution) {
            self.x += (&solution - &self.x) * step;
            self.free[first] = false;
            (0..self.free.len()).filter(|&k| !self.free[k]).for_each(|k| self.x[k] = 0.0);
            solution = self.solve();
        }
        self.x = solution;
    }

    /// The coefficient that becomes zero first on the way to a solution, with the share of the way; `None` if none does.
    fn first_to_vanish(&self, solution: &DVector<f64>) -> Option<(usize, f64)> {
        let falling = (0..self.free.len()).filter(|&k| self.free[k] && solution[k] <= 0.0);
        let share = |k: usize| if self.x[k] > 0.0 { self.x[k] / (self.x[k] - solution[k]) } else { 0.0 };
        falling.map(|k| (k, share(k))).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Plain least squares over the free columns; zero elsewhere.
    fn solve(&self) -> DVector<f64> {
        let free: Vec<usize> = (0..self.free.len()).filter(|&k| self.free[k]).collect();
        let mut whole = DVector::zeros(self.free.len());
        if free.is_empty() {
            return whole;
        }
        let svd = self.a.select_columns(&free).svd(true, true);
        let least = svd.singular_values.max() * 1e-12;
        let part = svd.solve(self.b, least).expect("invariant: both factors were computed");
        free.iter().zip(part.iter()).for_each(|(&k, &value)| whole[k] = value);
        whole
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows, entries row by row, b, and x.
    type Case = (usize, &'static [f64], &'static [f64], &'static [f64]);

    /// As scipy 1.17.1 gives it:
    /// `rng = numpy.random.default_rng(7); A = numpy.round(rng.normal(size=(m, n)), 2);
    /// b = numpy.round(rng.normal(size=m), 2); scipy.optimize.nnls(A, b)[0]`, one after the other;
    /// the last with `A = numpy.round(abs(…), 2)` and `b = numpy.round(A @ [0.3, 1.2, 0.05], 2)`.
    const SCIPY: [Case; 6] = [
        (3, &[0.0, 0.3, -0.27, -0.89, -0.45, -0.99], &[0.06, 1.34, -0.49], &[0.0, 0.0]),
        (
            4,
            &[-0.62, 0.49, 0.36, 0.11, -0.93, -0.03, 0.7, -1.34, -0.46, -1.9, -1.29, -1.84],
            &[-0.24, -1.27, 0.27, 0.16],
            &[0.0, 0.108_506_583_127_040_15, 0.0],
        ),
        (
            6,
            &[
                -0.19, -2.52, -0.54, -0.05, 0.11, -1.53, -0.48, -0.98, -0.81, 1.06, -0.81, -0.03, 0.88, -0.58, -0.11,
                0.11, 0.06, -1.23,
            ],
            &[0.08, 1.36, -1.55, 0.86, 0.12, -0.64],
            &[0.760_388_669_684_557_1, 0.117_895_749_007_924_49, 0.0],
        ),
        (
            8,
            &[
                2.0, 0.76, -1.2, 0.07, 0.58, -0.19, 0.68, -0.07, 0.67, 1.44, -0.68, 0.2, -0.46, 0.13, -1.19, -0.58,
                -0.2, 0.9, 1.15, -1.32, -0.79, 0.65, -1.99, -0.46, -0.1, 1.26, 0.69, -0.33, -0.37, -0.25, 1.52, -0.43,
                -0.3, 0.35, -0.12, -0.2, -1.11, -0.01, -0.44, 1.17,
            ],
            &[0.65, -0.02, 0.67, -0.34, 1.05, -0.01, 0.58, -1.29],
            &[0.043_240_551_605_752_464, 0.723_163_104_440_386_1, 0.0, 0.0, 0.0],
        ),
        (
            5,
            &[
                0.35, -1.69, -2.04, -0.3, -0.9, 0.16, 2.24, -0.83, -0.62, 0.21, 0.49, -0.18, -0.21, 0.7, 0.52, -1.03,
                -0.08, 0.04, -1.05, 0.26, -0.86, 0.97, 0.19, 0.09, -0.59,
            ],
            &[-0.12, -2.0, -1.13, 0.36, -2.13],
            &[0.497_910_545_870_481_9, 0.0, 0.471_694_370_394_805, 0.0, 0.0],
        ),
        (
            6,
            &[
                0.85, 1.75, 0.76, 0.85, 0.78, 0.13, 1.54, 1.25, 1.44, 0.07, 0.27, 0.16, 0.98, 1.1, 0.54, 0.05, 0.79,
                0.63,
            ],
            &[2.39, 1.2, 2.03, 0.35, 1.64, 0.99],
            &[0.304_549_742_723_429, 1.198_860_305_522_528_9, 0.043_280_367_896_546_73],
        ),
    ];

    #[test]
    fn the_solutions_are_scipys() {
        for (rows, entries, b, expected) in SCIPY {
            let a = DMatrix::from_row_slice(rows, entries.len() / rows, entries);
            let x = nnls(&a, &DVector::from_column_slice(b));
            for (ours, theirs) in x.iter().zip(expected) {
                assert!((ours - theirs).abs() < 1e-12, "{x} is not {expected:?}");
            }
        }
    }

    #[test]
    fn columns_that_say_the_same_share_no_negative_part() {
        let a = DMatrix::from_row_slice(3, 3, &[1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 3.0, 6.0, 0.0]);
        let b = DVector::from_vec(vec![1.0, 2.0, 3.0]);
        let x = nnls(&a, &b);
        assert!(x.iter().all(|&value| value >= 0.0) && (&a * &x - b).norm() < 1e-12, "{x}");
        assert_eq!(x[2], 0.0);
    }

    proptest! {
        /// Karush, Kuhn and Tucker: x ≥ 0, Aᵀ(b − A·x) ≤ 0, and = 0 wherever x > 0. The problem is convex, so that is
        /// the minimum.
        #[test]
        fn every_solution_meets_the_conditions_of_a_minimum(
            rows in 1_usize..9, columns in 1_usize..6, entries in prop::collection::vec(-5.0_f64..5.0, 40),
            b in prop::collection::vec(-5.0_f64..5.0, 8), units in prop::collection::vec(-9.0_f64..9.0, 5),
        ) {
            let a = DMatrix::from_fn(rows, columns, |row, column| entries[row * 5 + column] * 10_f64.powf(units[column]));
            let b = DVector::from_column_slice(&b[..rows.min(8)]);
            let a = a.rows(0, b.len()).into_owned();
            let x = nnls(&a, &b);
            let gradient = a.tr_mul(&(&b - &a * &x));
            for k in 0..columns {
                let small = 1e-8 * a.column(k).norm() * b.norm();
                prop_assert!(x[k] >= 0.0 && gradient[k] <= small, "{} {}", x, gradient);
                prop_assert!(x[k] == 0.0 || gradient[k].abs() <= small, "{} {}", x, gradient);
            }
        }
    }
}
