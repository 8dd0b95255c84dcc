//! A measured profile laid over a network's own cuts.

use crate::profile::{Profile, Provenance};
use crate::zoo::Network;

/// A profile's figures up to each cut of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Laid {
    /// Time up to each cut [s].
    pub seconds: Vec<f64>,
    /// Energy above idle up to each cut [J], where the profile has a meter's or a calibrated one.
    pub joules: Option<Vec<f64>>,
    /// How that energy is known.
    pub energy: Provenance,
}

/// A place where a segment ends: the cut, and the profile's sums up to it.
#[derive(Clone, Copy)]
struct Anchor {
    cut: usize,
    seconds: f64,
    joules: f64,
}

/// Lays a profile over the cuts of a network; `None` if the profile has no segment.
///
/// A segment ends at the cut after the layer that it names. A segment whose layer is no cut here, or lies behind the
/// one before, joins the next; the last one ends at the output, so that the whole is the profile's sum. Between two
/// ends, time and energy grow as `shares` [s], the roofline's time up to each cut.
pub(crate) fn lay(network: &Network, profile: &Profile, shares: &[f64]) -> Option<Laid> {
    let anchors = anchors(network, profile)?;
    let spread = |figure: fn(&Anchor) -> f64| {
        let between = |cut: usize| {
            let end = anchors.partition_point(|anchor| anchor.cut < cut);
            let (from, to) = (anchors[end.saturating_sub(1)], anchors[end]);
            let (start, whole) = (shares[from.cut], shares[to.cut] - shares[from.cut]);
            let share = if whole > 0.0 { (shares[cut] - start) / whole } else { 1.0 };
            figure(&from) + (figure(&to) - figure(&from)) * share
        };
        let mut sums: Vec<f64> = (0..shares.len()).map(between).collect();
        // Exactly the profile's, whatever rounding did in between.
        anchors.iter().for_each(|anchor| sums[anchor.cut] = figure(anchor));
        sums
    };
    let metered = profile.energy.provenance != Provenance::Modelled
        && profile.segments.iter().all(|segment| segment.energy_j.is_some());
    Some(Laid {
        seconds: spread(|anchor| anchor.seconds),
        joules: metered.then(|| spread(|anchor| anchor.joules)),
        energy: if metered { profile.energy.provenance } else { Provenance::Modelled },
    })
}

fn anchors(network: &Network, profile: &Profile) -> Option<Vec<Anchor>> {
    let last = network.cuts().len() - 1;
    let mut anchors = vec![Anchor { cut: 0, seconds: 0.0, joules: 0.0 }];
    let (mut seconds, mut joules) = (0.0, 0.0);
    let (final_segment, others) = profile.segments.split_last()?;
    for segment in others {
        seconds += segment.median_s;
        joules += segment.energy_j.unwrap_or(0.0);
        let cut = cut_after(network, &segment.end);
        let before = anchors.last().map_or(0, |anchor| anchor.cut);
        if let Some(cut) = cut.filter(|&cut| cut > before && cut < last) {
            anchors.push(Anchor { cut, seconds, joules });
        }
    }
    seconds += final_segment.median_s;
    joules += final_segment.energy_j.unwrap_or(0.0);
    anchors.push(Anchor { cut: last, seconds, joules });
    Some(anchors)
}

/// The number of the cut right after a layer.
fn cut_after(network: &Network, layer: &str) -> Option<usize> {
    let after = network.layers().iter().position(|known| known.name == layer)? + 1;
    network.cuts().iter().position(|&cut| cut == after)
}
