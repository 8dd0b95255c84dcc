//! Fossil power by hour: fuels in merit order, each with its least load, so that every fuel's year comes out as stated.

use super::draws::{HOURS, level};
use super::source::{Mix, Source};

/// The merit order, cheapest fuel first.
pub(super) const FOSSIL: [Source; 4] = [Source::Lignite, Source::Coal, Source::Gas, Source::Oil];

/// Share of a fuel's mean power that runs in every hour: least loads of blocks, heat for towns and industry, reserves.
///
/// Blocks can go down to 40 to 60 % (lignite), 25 to 40 % (hard coal) and 40 to 50 % (gas) of their power (IRENA,
/// Flexibility in conventional power plants, 2019); the more often they stop at night, the less of it is left. Oil in
/// these statistics is mostly gases and residues of industry, which burn when they come.
fn least(fuel: Source) -> f64 {
    match fuel {
        Source::Lignite => 0.5,
        Source::Coal => 0.3,
        Source::Gas => 0.25,
        Source::Oil => 0.5,
        Source::Hydro | Source::Nuclear | Source::Wind | Source::Solar | Source::Biomass | Source::Geothermal => 0.0,
    }
}

/// Steam blocks take hours to start: half of their answer follows the mean of the day around.
fn is_slow(fuel: Source) -> bool {
    matches!(fuel, Source::Lignite | Source::Coal)
}

/// Mean power of a fleet in terms of its capacity: coal ran half of the time in the world of 2022 (Global Energy
/// Monitor, Boom and Bust Coal 2023), lignite two thirds in Germany (AG Energiebilanzen), gas about 40 % (IEA).
fn usual_factor(fuel: Source) -> f64 {
    match fuel {
        Source::Lignite => 0.65,
        Source::Coal => 0.5,
        Source::Gas | Source::Oil => 0.4,
        Source::Hydro | Source::Nuclear | Source::Wind | Source::Solar | Source::Biomass | Source::Geothermal => 1.0,
    }
}

/// Least power of all fuels together, in the unit of the mix's energy over hours.
pub(super) fn floor(generation: &Mix) -> f64 {
    FOSSIL.iter().map(|&fuel| least(fuel) * generation.of(fuel)).sum::<f64>() / HOURS as f64
}

/// Splits `fossil` power, never below [`floor`] and with the energy of all fuels of `generation`, among them by hour.
pub(super) fn split(fossil: &[f64], generation: &Mix) -> [Vec<f64>; FOSSIL.len()] {
    let floor = floor(generation);
    let mut rest: Vec<f64> = fossil.iter().map(|power| (power - floor).max(0.0)).collect();
    let last = FOSSIL.iter().rposition(|&fuel| generation.of(fuel) > 0.0);
    std::array::from_fn(|place| {
        let fuel = FOSSIL[place];
        let energy = generation.of(fuel);
        let (base, flexible) = (least(fuel) * energy / HOURS as f64, (1.0 - least(fuel)) * energy);
        let above = if Some(place) == last { rest.clone() } else { share(&rest, flexible, fuel) };
        rest.iter_mut().zip(&above).for_each(|(rest, taken)| *rest = (*rest - taken).max(0.0));
        above.into_iter().map(|power| base + power).collect()
    })
}

/// A fuel's part of what is left, which has `energy`: it rises with what is asked for and levels off at its capacity.
///
/// Costs of neighbours in the merit order overlap, so that a fleet is neither all on nor all off: of the power `x` that
/// is asked for it gives a·x·c/(a·x + c), with `c` its capacity and `a` found from its energy.
fn share(rest: &[f64], energy: f64, fuel: Source) -> Vec<f64> {
    let asked = if is_slow(fuel) { half_daily(rest) } else { rest.to_vec() };
    if energy <= 0.0 {
        return vec![0.0; rest.len()];
    }
    let capacity = energy / rest.len() as f64 / usual_factor(fuel);
    let taken = |eager: f64| {
        let one =
            move |(&rest, &asked): (&f64, &f64)| (eager * asked * capacity / (eager * asked + capacity)).min(rest);
        rest.iter().zip(&asked).map(move |pair| if *pair.1 > 0.0 { one(pair) } else { 0.0 })
    };
    // In logarithms: from hardly any of it to all that is there.
    let eager = level(-12.0, 12.0, energy, |log| taken(log.exp()).sum()).exp();
    let mut power: Vec<f64> = taken(eager).collect();
    complete(&mut power, rest, energy);
    power
}

/// Adds the same part of what is left to every hour until the energy is met, or scales down.
fn complete(power: &mut [f64], rest: &[f64], energy: f64) {
    let (sum, all) = (power.iter().sum::<f64>(), rest.iter().sum::<f64>());
    if sum < energy && all > sum {
        let part = ((energy - sum) / (all - sum)).min(1.0);
        power.iter_mut().zip(rest).for_each(|(power, rest)| *power += part * (rest - *power));
    } else if sum > 0.0 {
        power.iter_mut().for_each(|power| *power *= energy / sum);
    }
}

/// Half of each hour and half of the mean of the day around it.
fn half_daily(values: &[f64]) -> Vec<f64> {
    let mut prefix = vec![0.0; values.len() + 1];
    values.iter().enumerate().for_each(|(index, value)| prefix[index + 1] = prefix[index] + value);
    let around = |index: usize| {
        let (from, to) = (index.saturating_sub(12), (index + 12).min(values.len()));
        (prefix[to] - prefix[from]) / (to - from) as f64
    };
    values.iter().enumerate().map(|(index, value)| 0.5 * (value + around(index))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coal_carries_the_base_gas_the_top_and_each_its_energy() {
        let generation = Mix([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 40.0, 60.0, 0.0]);
        let wave = |hour: usize| 1.0 + 0.6 * (std::f64::consts::TAU * hour as f64 / 24.0).cos();
        let fossil: Vec<f64> = (0..HOURS).map(|hour| 100.0 / HOURS as f64 * wave(hour)).collect();
        let [lignite, coal, gas, oil] = split(&fossil, &generation);
        assert!(lignite.iter().chain(&oil).all(|&power| power == 0.0));
        assert!((coal.iter().sum::<f64>() - 40.0).abs() < 1e-6 && (gas.iter().sum::<f64>() - 60.0).abs() < 1e-6);
        let swing = |power: &[f64]| power[24] / power[36];
        assert!(swing(&gas) > swing(&coal), "{} {}", swing(&gas), swing(&coal));
    }

    #[test]
    fn a_fuel_that_is_almost_alone_still_meets_its_energy() {
        let generation = Mix([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 30.0, 69.0, 0.0, 1.0]);
        let fossil: Vec<f64> =
            (0..HOURS).map(|hour| 100.0 / HOURS as f64 * (1.0 + 0.2 * ((hour % 24) as f64 - 11.5) / 12.0)).collect();
        for (power, energy) in split(&fossil, &generation).iter().zip([30.0, 69.0, 0.0, 1.0]) {
            assert!((power.iter().sum::<f64>() - energy).abs() < 1e-6);
            assert!(power.iter().all(|&power| power >= 0.0));
        }
    }
}
