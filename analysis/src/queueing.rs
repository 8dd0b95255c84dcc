//! Closed forms of queueing theory that simulated waits are held against.

/// Probability that an arrival must wait in an M/M/c queue, Erlang's C formula.
///
/// With a = λ/μ and ρ = a/c: B(0) = 1, B(k) = a·B(k−1) / (k + a·B(k−1)), C = B(c) / (1 − ρ·(1 − B(c))); the recursion
/// over Erlang's B keeps factorials away (Cooper, *Introduction to Queueing Theory*, 1981, §3.5). 1 when ρ ≥ 1.
#[must_use]
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let rho = offered / f64::from(servers);
    if rho >= 1.0 {
        return 1.0;
    }
    let blocked = (1..=servers).fold(1.0, |b, k| offered * b / (f64::from(k) + offered * b));
    blocked / (1.0 - rho * (1.0 - blocked))
}

/// Mean wait in the queue of M/M/c, in the time unit of the rates: Wq = C(c, λ/μ) / (c·μ − λ); infinite when ρ ≥ 1.
#[must_use]
pub fn mmc_mean_wait(servers: u32, lambda: f64, mu: f64) -> f64 {
    let spare = f64::from(servers) * mu - lambda;
    if spare > 0.0 { erlang_c(servers, lambda / mu) / spare } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_of_an_mmc_queue_is_the_known_one() {
        assert!((mmc_mean_wait(10, 8.0, 1.0) - 0.204_590_075).abs() < 1e-9);
        assert!((mmc_mean_wait(1, 0.8, 1.0) - 4.0).abs() < 1e-12); // M/M/1: ρ / (μ − λ)
        assert!((mmc_mean_wait(2, 1.0, 1.0) - 1.0 / 3.0).abs() < 1e-12); // M/M/2: ρ² / (μ·(1 − ρ²))
        assert_eq!(mmc_mean_wait(2, 2.0, 1.0), f64::INFINITY);
    }
}
