//! A year of a zone's supply by source and hour, and its intensity: who runs when, so that demand is met and every
//! source's yearly energy comes out as published.
//!
//! Sun and wind come as they come; reactors, biomass and heat of the ground run flat but for maintenance and outages;
//! rivers follow their season. A neighbour sends when much demand is left and its own wind blows. Exports take
//! half of what demand leaves below a level. Reservoirs serve the highest hours of each week. Fossil fuels do the rest.

use super::demand::Demand;
use super::draws::{Clock, HOURS, Process, anomalies, level, scale_to};
use super::facts::{self, Facts, Place};
use super::source::{SOURCES, Source};
use super::{stack, sun, water, wind};

/// Share of a fall in demand that goes abroad, the rest lowers fossil power at home: prices of coupled markets fall
/// together, so that both sides answer.
const EXPORTED: f64 = 0.5;
/// Reactors are serviced when demand is low: how much of demand's season their power follows.
const SERVICE: f64 = 0.6;
/// Outages: deviation of the fleet's power, and the time they last [h].
const OUTAGES: (f64, f64) = (0.04, 360.0);

/// Mean power by hour [TWh/h], of each source and from neighbours.
pub(super) struct Supply {
    pub by_source: [Vec<f64>; SOURCES.len()],
    pub imports: Vec<f64>,
    /// What imports emit: power times intensity [TWh/h · g/kWh].
    pub imported_grams: Vec<f64>,
}

/// The year of a zone.
pub(super) fn year(facts: &Facts) -> Supply {
    let mut by_source = uncontrolled(facts);
    let mut net = demand(facts);
    by_source.iter().for_each(|power| subtract(&mut net, power));
    let (imports, imported_grams) = imports(facts, &net);
    subtract(&mut net, &imports);
    let exports = exports(&net, facts.exports_twh);
    net.iter_mut().zip(&exports).for_each(|(net, exports)| *net += exports);
    let mean = facts.generation.of(Source::Hydro) / HOURS as f64;
    let kept = water::reservoirs(&net, facts.place, facts.hydro, facts.inflow, mean);
    subtract(&mut net, &kept);
    by_source[Source::Hydro.index()].iter_mut().zip(&kept).for_each(|(power, kept)| *power += kept);
    let fossil = fossil(facts, &net);
    for (fuel, power) in stack::FOSSIL.iter().zip(stack::split(&fossil, &facts.generation)) {
        by_source[fuel.index()] = power;
    }
    Supply { by_source, imports, imported_grams }
}

impl Supply {
    /// Emissions of a kilowatt-hour by hour [g/kWh]: grams of all that is generated or imported over its energy.
    pub(super) fn intensity(&self) -> Vec<f64> {
        let mut grams = self.imported_grams.clone();
        let mut energy = self.imports.clone();
        for (source, power) in SOURCES.iter().zip(&self.by_source) {
            let factor = source.factor().0;
            grams.iter_mut().zip(power).for_each(|(grams, power)| *grams += power * factor);
            energy.iter_mut().zip(power).for_each(|(energy, power)| *energy += power);
        }
        grams.iter().zip(&energy).map(|(grams, energy)| grams / energy).collect()
    }
}

fn subtract(from: &mut [f64], what: &[f64]) {
    from.iter_mut().zip(what).for_each(|(from, what)| *from -= what);
}

/// Demand with losses: what is generated and imported and not exported.
fn demand(facts: &Facts) -> Vec<f64> {
    let mut demand = facts.demand.year(facts.name, facts.place);
    scale_to(&mut demand, facts.generation.total() + facts.imports_twh() - facts.exports_twh);
    demand
}

/// Sources that nobody turns up, rivers among them; the others are zero.
fn uncontrolled(facts: &Facts) -> [Vec<f64>; SOURCES.len()] {
    let (name, place) = (facts.name, facts.place);
    SOURCES.map(|source| {
        let energy = facts.generation.of(source);
        let mut power = match source {
            _ if energy == 0.0 => vec![0.0; HOURS],
            Source::Hydro => return water::rivers(name, place, facts.hydro, facts.inflow, energy / HOURS as f64),
            Source::Nuclear => reactors(name, place, facts.demand),
            Source::Wind => wind::year(name, place, facts.wind, energy, facts.wind_gw),
            Source::Solar => sun::year(name, place, facts.sky, facts.mount),
            Source::Biomass | Source::Geothermal => vec![1.0; HOURS],
            Source::Lignite | Source::Coal | Source::Gas | Source::Oil => return vec![0.0; HOURS],
        };
        scale_to(&mut power, energy);
        power
    })
}

fn reactors(zone: &str, place: Place, demand: Demand) -> Vec<f64> {
    let outages = anomalies(zone, Process::Reactors, OUTAGES.1);
    let hour = |(index, outage): (usize, f64)| {
        let season = demand.season(Clock::at(index, place.utc_offset_h), place.latitude);
        (1.0 + SERVICE * (season - 1.0)) * (1.0 + OUTAGES.0 * outage).max(0.2)
    };
    (0..HOURS).zip(outages).map(hour).collect()
}

/// Power from all neighbours, and its grams.
///
/// A line carries power one way at a time: where a zone also exports, each neighbour sends in the share of hours that
/// imports have of all flows, those with the greatest advantage.
fn imports(facts: &Facts, net: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut imports, mut grams) = (vec![0.0; HOURS], vec![0.0; HOURS]);
    let idle = facts.exports_twh / (facts.imports_twh() + facts.exports_twh).max(f64::MIN_POSITIVE);
    let skipped = ((idle * HOURS as f64) as usize).min(HOURS - 1);
    let here: Vec<f64> = anomalies(facts.name, Process::Wind, wind::MEMORY_H).collect();
    for &(neighbour, energy) in &facts.imports {
        let advantage = |(net, wind): (&f64, f64)| net.max(0.0) * 0.5 * (1.0 + wind);
        let mut power: Vec<f64> = net.iter().zip(wind::abroad(facts.name, neighbour, &here)).map(advantage).collect();
        let least = *power.clone().select_nth_unstable_by(skipped, f64::total_cmp).1;
        power.iter_mut().for_each(|power| *power = (*power - least).max(0.0));
        scale_to(&mut power, energy);
        let intensity = facts::generation_of(neighbour).intensity();
        imports.iter_mut().zip(&power).for_each(|(all, power)| *all += power);
        grams.iter_mut().zip(&power).for_each(|(all, power)| *all += power * intensity);
    }
    (imports, grams)
}

/// Power to all neighbours: a share of what demand leaves below a level, which follows from the year's energy.
fn exports(net: &[f64], energy: f64) -> Vec<f64> {
    let (low, high) = net.iter().fold((f64::MAX, f64::MIN), |(low, high), &net| (low.min(net), high.max(net)));
    let below = |cut: f64| net.iter().map(move |net| EXPORTED * (cut - net).max(0.0));
    let most = high.max(low) + energy / EXPORTED / HOURS as f64;
    let cut = level(low, most, energy, |cut| below(cut).sum());
    below(cut).collect()
}

/// What is left for fossil fuels: never less than their least load, and together their energy.
fn fossil(facts: &Facts, net: &[f64]) -> Vec<f64> {
    let energy: f64 = stack::FOSSIL.iter().map(|&fuel| facts.generation.of(fuel)).sum();
    let floor = stack::floor(&facts.generation);
    let (low, high) = net.iter().fold((f64::MAX, f64::MIN), |(low, high), &net| (low.min(net), high.max(net)));
    let left = |more: f64| net.iter().map(move |net| (net + more).max(floor));
    let more = level(floor - high, energy + floor - low, energy, |more| left(more).sum());
    left(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn every_source_has_its_published_energy_and_no_power_is_negative() {
        for facts in facts::ALL.iter() {
            let supply = year(facts);
            for (source, power) in SOURCES.iter().zip(&supply.by_source) {
                let (energy, published) = (power.iter().sum::<f64>(), facts.generation.of(*source));
                let error = (energy - published).abs();
                assert!(error < 1e-6 * facts.generation.total(), "{} {source:?} {energy} {published}", facts.name);
                assert!(power.iter().all(|&power| power >= -1e-12), "{} {source:?}", facts.name);
            }
            let imported = supply.imports.iter().sum::<f64>();
            assert!((imported - facts.imports_twh()).abs() < 1e-6 * facts.generation.total());
        }
    }

    #[test]
    fn every_hour_meets_its_demand_but_where_little_fossil_power_is_left_to_follow_it() {
        for facts in facts::ALL.iter() {
            let supply = year(facts);
            let demand = demand(facts);
            let mut net = demand.clone();
            uncontrolled(facts).iter().for_each(|power| subtract(&mut net, power));
            subtract(&mut net, &supply.imports);
            let exports = exports(&net, facts.exports_twh);
            let made = |hour: usize| supply.by_source.iter().map(|power| power[hour]).sum::<f64>();
            let off = |hour: usize| (made(hour) + supply.imports[hour] - demand[hour] - exports[hour]).abs();
            let off = (0..HOURS).map(off).sum::<f64>() / demand.iter().sum::<f64>();
            let fossil: f64 = stack::FOSSIL.iter().map(|&fuel| facts.generation.of(fuel)).sum();
            let bound = if fossil > 0.25 * facts.generation.total() { 0.015 } else { 0.12 };
            assert!(off < bound, "{} {off}", facts.name);
        }
    }
}
