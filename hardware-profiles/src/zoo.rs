//! The networks: what each layer computes, weighs and hands on, and where one tensor crosses.

mod builder;
mod ds_cnn;
mod efficientnet;
mod graph;
mod mobilenet_v1;
mod mobilenet_v2;
mod mobilenet_v3;
mod mobilenet_v4;
mod network;
mod op;
mod resnet;
mod shape;
mod squeezenet;
mod table;
mod vit;

use std::sync::LazyLock;

pub use builder::{Builder, Excite, Node, Tensor};
pub use graph::{Graph, cuts_before};
pub use network::{Layer, LayerKind, Network, Published, Sourced};
pub use op::{Clamp, Function, Op, Reduction};
pub use shape::{Padding, Shape, Window};
pub use table::TableError;

/// All built-in networks, batch normalisation folded into the biases: ImageNet classifiers of 224 × 224 images, and a
/// keyword spotter.
#[must_use]
pub fn builtin() -> &'static [Network] {
    static ALL: LazyLock<[Network; 11]> = LazyLock::new(|| {
        [
            mobilenet_v1::network(),
            mobilenet_v2::network(),
            mobilenet_v3::large(),
            mobilenet_v3::small(),
            mobilenet_v4::network(),
            efficientnet::network(),
            resnet::resnet_18(),
            resnet::resnet_50(),
            squeezenet::network(),
            vit::network(),
            ds_cnn::network(),
        ]
    });
    &*ALL
}

/// The built-in network of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Network> {
    builtin().iter().find(|network| network.name == name)
}

/// Whether figures that others publish under a network's name are of this network.
///
/// A table or a file of one's own may bear the name of a built-in network and be another one, with another size of image
/// for instance. A name that no built-in network has says what whoever wrote both the figure and the network means.
#[must_use]
pub fn owns_its_name(network: &Network) -> bool {
    by_name(&network.name).is_none_or(|known| known.layers() == network.layers())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_and_parameters_are_the_published_ones() {
        // MACs in units of 0.1 M, counted by hand or by another engine; the last digit of published MACs [M]; numbers that
        // batch normalisation has beside the bias it is folded into: one a channel, three of Keras' four.
        let known = [
            ("mobilenet-v1", 5687, 1.0, 3 * 10_944),
            ("mobilenet-v2", 3008, 1.0, 17_056),
            ("mobilenet-v3-large", 2166, 1.0, 12_200),
            ("mobilenet-v3-small", 565, 1.0, 6_056),
            ("mobilenet-v4-conv-s", 1860, 100.0, 12_544),
            ("efficientnet-b0", 3858, 1.0, 21_008),
            ("resnet-18", 18141, 1.0, 4_800),
            ("resnet-50", 40892, 1.0, 26_560),
            ("squeezenet", 3492, 1.0, 0),
            ("vit-tiny", 12537, 100.0, 0),
            ("ds-cnn", 27, 1.0, 4 * 576), // its reference keeps biases before the normalisation
        ];
        assert_eq!(known.len(), builtin().len());
        for (name, macs, digit, folded) in known {
            let network = by_name(name).expect(name);
            let published = network.published.as_ref().expect(name);
            assert_eq!((network.macs().0 / 1e5).round() as u64, macs, "{name}");
            assert_eq!(network.parameters(), published.parameters - folded, "{name}");
            let gap = published.macs.map_or(0.0, |macs| (network.macs().0 - macs.0) / 1e6);
            assert!(gap.abs() <= digit / 2.0, "{name}: {gap} M");
        }
    }

    #[test]
    fn the_keyword_spotter_reads_features_and_no_photograph() {
        let network = by_name("ds-cnn").expect("built in");
        assert_eq!((network.input_bytes.0, network.output_bytes.0), (49.0 * 10.0, 12.0 * 4.0));
        // By hand: 25 · 5 places of 64 filters of 10 · 4, four pairs of 3 · 3 and 64, twelve words of 64.
        let macs = 125 * 64 * (10 * 4 + 4 * (9 + 64)) + 12 * 64;
        assert_eq!(network.macs().0, f64::from(macs));
    }

    #[test]
    fn no_two_layers_of_a_network_share_a_name() {
        for network in builtin() {
            let mut names: Vec<_> = network.nodes().iter().map(|node| &node.name).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), network.layers().len() + 1, "{}", network.name);
        }
    }

    #[test]
    fn a_model_reserves_its_parameters_and_its_widest_layer() {
        let model = by_name("mobilenet-v2").expect("built in").model();
        // The widest is the second block's depthwise layer: 112 · 112 · 96 numbers in, 56 · 56 · 96 out, of 4 B.
        let widest = 4.0 * 96.0 * (112.0 * 112.0 + 56.0 * 56.0);
        assert_eq!(model.memory_needed.0, 4.0 * 3_487_816.0 + widest);
        assert_eq!((model.input().0, model.output().0, model.accuracy), (150_528.0, 4000.0, Some(0.718_78)));
    }

    #[test]
    fn depthwise_macs_are_told_apart() {
        // 20.72 M of MobileNetV2's are depthwise, none of ResNet-50's.
        let depthwise = |name: &str| by_name(name).expect(name).macs_of(LayerKind::Depthwise).0;
        assert_eq!((depthwise("mobilenet-v2") / 1e4).round(), 2072.0);
        assert_eq!(depthwise("resnet-50"), 0.0);
    }

    #[test]
    fn a_residual_block_is_never_cut_inside() {
        let network = by_name("mobilenet-v2").expect("built in");
        let cut_after = |name: &str| {
            let row = network.layers().iter().position(|layer| layer.name == name).expect(name);
            network.cuts().contains(&(row + 1))
        };
        assert!(cut_after("block1/project"), "the first block has no shortcut");
        assert!(!cut_after("block3/expand") && !cut_after("block3/project"), "the third has one");
        assert!(cut_after("block3/add"));
    }

    #[test]
    fn every_network_can_be_cut_from_its_image_to_its_logits() {
        for network in builtin() {
            let cuts = network.cuts();
            assert_eq!((cuts[0], cuts[cuts.len() - 1]), (0, network.layers().len()), "{}", network.name);
            assert!(cuts.len() > 11, "{}: {}", network.name, cuts.len());
        }
    }
}
