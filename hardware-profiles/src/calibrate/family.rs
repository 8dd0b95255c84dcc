//! What a device was calibrated on, and what lies outside of it.

use crate::zoo::{LayerKind, Network};

/// A range of a figure over the models of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    least: f64,
    most: f64,
}

impl Range {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        figures.fold(Self { least: f64::INFINITY, most: f64::NEG_INFINITY }, |range, figure| Self {
            least: range.least.min(figure),
            most: range.most.max(figure),
        })
    }

    fn holds(self, figure: f64) -> bool {
        (self.least..=self.most).contains(&figure)
    }
}

/// A figure that tells families of networks apart: its name, its unit, how many of it are one of the unit.
type Trait = (&'static str, &'static str, f64, fn(&Network) -> f64);

const TRAITS: [Trait; 3] = [
    ("MACs", "M", 1e-6, |network| network.macs().0),
    ("depthwise share of the MACs", "%", 100.0, |network| {
        network.macs_of(LayerKind::Depthwise).0 / network.macs().0.max(1.0)
    }),
    ("MACs a byte of parameters and tensors", "MAC/B", 1.0, |network| {
        let bytes = network.layers().iter().map(|layer| (layer.weights + layer.input + layer.activation).0);
        network.macs().0 / bytes.sum::<f64>().max(1.0)
    }),
];

/// The models that a device was calibrated on.
#[derive(Clone, Debug, PartialEq)]
pub struct Family<'a> {
    models: Vec<&'a Network>,
}

impl<'a> Family<'a> {
    /// The family of some models.
    #[must_use]
    pub fn new(models: Vec<&'a Network>) -> Self {
        Self { models }
    }

    /// Its members.
    #[must_use]
    pub fn models(&self) -> &[&'a Network] {
        &self.models
    }

    /// Why a network lies outside, each reason with its figures; none if it lies inside.
    ///
    /// Inside means: a member, or within the range of the members' MACs, depthwise share and MACs a byte, with no kind
    /// of layer that none of them has. A family of fewer than three spans no range.
    #[must_use]
    pub fn reasons_outside(&self, network: &Network) -> Vec<String> {
        if self.models.iter().any(|model| model.layers() == network.layers()) {
            return Vec::new();
        }
        match self.models.len() {
            0 => return vec!["the device is calibrated on no model: its rate is that of a data sheet".to_owned()],
            1 | 2 => {
                let names: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
                return vec![format!("the device is calibrated on {} alone, too few for a range", names.join(" and "))];
            }
            _ => {}
        }
        let out = |&(name, unit, scale, figure): &Trait| {
            let range = Range::of(self.models.iter().map(|model| figure(model)));
            (!range.holds(figure(network))).then(|| {
                let [own, least, most] = [figure(network), range.least, range.most].map(|value| value * scale);
                format!("{name}: {own:.1} {unit}, calibrated on {least:.1} to {most:.1} {unit}")
            })
        };
        TRAITS.iter().filter_map(out).chain(self.unknown_kinds(network)).collect()
    }

    fn unknown_kinds(&self, network: &Network) -> Option<String> {
        let has = |model: &Network, kind| model.layers().iter().any(|layer| layer.kind == kind);
        let unknown: Vec<&str> = LayerKind::NAMES
            .iter()
            .filter(|(kind, _)| has(network, *kind) && !self.models.iter().any(|model| has(model, *kind)))
            .map(|(_, name)| *name)
            .collect();
        (!unknown.is_empty()).then(|| format!("kinds of layers that no calibrated model has: {}", unknown.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use crate::zoo;

    use super::*;

    fn networks(names: &[&str]) -> Vec<&'static Network> {
        names.iter().map(|name| zoo::by_name(name).expect("built in")).collect()
    }

    #[test]
    fn a_member_lies_inside_and_a_transformer_outside_of_convolutions() {
        let members = ["mobilenet-v2", "mobilenet-v4-conv-s", "efficientnet-b0"];
        let family = Family::new(networks(&members));
        for network in family.models() {
            assert_eq!(family.reasons_outside(network), Vec::<String>::new());
        }
        let reasons = family.reasons_outside(networks(&["vit-tiny"])[0]).join("; ");
        for part in ["MACs: 1253.7 M, calibrated on 186.0 to 385.8 M", "depthwise share", "matmul"] {
            assert!(reasons.contains(part), "no `{part}` in {reasons}");
        }
    }

    #[test]
    fn membership_is_of_the_layers_and_not_of_the_name() {
        let family = Family::new(networks(&["mobilenet-v2", "mobilenet-v4-conv-s", "efficientnet-b0"]));
        let table = "name,kind,macs,weight_bytes,activation_bytes,cut\nconv,convolution,9e6,4000,4000,true\n";
        let namesake = Network::from_csv("mobilenet-v2", table).expect("is a table");
        assert!(!family.reasons_outside(&namesake).is_empty());
    }

    #[test]
    fn fewer_than_three_models_span_no_range() {
        let family = Family::new(networks(&["mobilenet-v2"]));
        let reasons = family.reasons_outside(networks(&["efficientnet-b0"])[0]);
        assert!(reasons[0].contains("mobilenet-v2 alone"), "{reasons:?}");
        assert!(Family::new(Vec::new()).reasons_outside(networks(&["mobilenet-v2"])[0])[0].contains("data sheet"));
    }
}
