//! The networks: what each layer computes, weighs and hands on, and where one tensor crosses.

mod builder;
mod efficientnet;
mod graph;
mod mobilenet_v2;
mod mobilenet_v4;
mod network;
mod resnet;
mod table;
mod vit;

use std::sync::LazyLock;

pub use builder::{Builder, Shape, Tensor, Window};
pub use graph::{Graph, cuts_before};
pub use network::{Layer, LayerKind, Network, Sourced};
pub use table::TableError;

/// All built-in networks: ImageNet classifiers of 224 × 224 images, batch normalisation folded into the biases.
#[must_use]
pub fn builtin() -> &'static [Network] {
    static ALL: LazyLock<[Network; 5]> = LazyLock::new(|| {
        [mobilenet_v2::network(), mobilenet_v4::network(), efficientnet::network(), resnet::network(), vit::network()]
    });
    &*ALL
}

/// The built-in network of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Network> {
    builtin().iter().find(|network| network.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macs_and_parameters_are_the_published_ones() {
        // MACs in units of 0.1 M; parameters are the published count minus one number for each folded channel.
        let published = [
            ("mobilenet-v2", 3008, 3_504_872 - 17_056),
            ("mobilenet-v4-conv-s", 1860, 3_774_024 - 12_544),
            ("efficientnet-b0", 3858, 5_288_548 - 21_008),
            ("resnet-50", 40892, 25_557_032 - 26_560),
            ("vit-tiny", 12537, 5_717_416),
        ];
        for (name, macs, parameters) in published {
            let network = by_name(name).expect(name);
            assert_eq!((network.macs().0 / 1e5).round() as u64, macs, "{name}");
            assert_eq!(network.parameters(), parameters, "{name}");
        }
    }

    #[test]
    fn a_model_reserves_its_parameters_and_its_widest_layer() {
        let model = by_name("mobilenet-v2").expect("built in").model();
        // The widest is the second block's depthwise layer: 112 · 112 · 96 numbers in, 56 · 56 · 96 out, of 4 B.
        let widest = 4.0 * 96.0 * (112.0 * 112.0 + 56.0 * 56.0);
        assert_eq!(model.memory_needed.0, 4.0 * 3_487_816.0 + widest);
        assert_eq!((model.input.0, model.output.0, model.accuracy), (150_528.0, 4000.0, Some(0.718_78)));
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
            assert!(cuts.len() > 15, "{}: {}", network.name, cuts.len());
        }
    }
}
