//! Which of several systems no other one beats in both of two costs, and how much of the plane they cover.

/// Indices of the points that no other point dominates, by the first cost; both costs are to be small.
///
/// A point dominates another if it is no larger in either cost and smaller in one. Equal points stay together. Points
/// with a cost that is not a number are left out.
#[must_use]
pub fn front(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).filter(|&i| points[i].iter().all(|cost| !cost.is_nan())).collect();
    let key = |i: usize| points[i];
    order.sort_by(|&a, &b| key(a)[0].total_cmp(&key(b)[0]).then(key(a)[1].total_cmp(&key(b)[1])));
    let mut front: Vec<usize> = Vec::new();
    for i in order {
        // Sorted by the first cost: only a smaller second cost, or an equal point, is not dominated.
        if front.last().is_none_or(|&last| points[i][1] < points[last][1] || points[i] == points[last]) {
            front.push(i);
        }
    }
    front
}

/// The area that the points dominate below a reference point, in the product of the units of both costs.
///
/// Zitzler and Thiele, *IEEE Trans. Evolutionary Computation* 3 (1999). Points beyond the reference add nothing.
#[must_use]
pub fn hypervolume(points: &[[f64; 2]], reference: [f64; 2]) -> f64 {
    let mut area = 0.0;
    let mut ceiling = reference[1];
    for i in front(points) {
        let [first, second] = points[i];
        if first < reference[0] && second < ceiling {
            area += (reference[0] - first) * (ceiling - second);
            ceiling = second;
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points() -> impl Strategy<Value = Vec<[f64; 2]>> {
        let cost = || (0u8..12).prop_map(f64::from);
        prop::collection::vec([cost(), cost()], 0..12)
    }

    fn dominates(a: [f64; 2], b: [f64; 2]) -> bool {
        a[0] <= b[0] && a[1] <= b[1] && a != b
    }

    proptest! {
        #[test]
        fn the_front_is_what_no_point_dominates(points in points()) {
            let mut found = front(&points);
            found.sort_unstable();
            let undominated = |&i: &usize| points.iter().all(|&other| !dominates(other, points[i]));
            prop_assert_eq!(found, (0..points.len()).filter(undominated).collect::<Vec<_>>());
        }

        /// Whole costs: the area is the number of unit squares that some point dominates.
        #[test]
        fn the_hypervolume_is_the_number_of_dominated_squares(points in points(), reference in [0u8..12, 0u8..12]) {
            let covered = |x: u8, y: u8| points.iter().any(|p| p[0] <= f64::from(x) && p[1] <= f64::from(y));
            let squares = (0..reference[0]).flat_map(|x| (0..reference[1]).map(move |y| (x, y)));
            let count = squares.filter(|&(x, y)| covered(x, y)).count();
            prop_assert_eq!(hypervolume(&points, reference.map(f64::from)), count as f64);
        }
    }
}
