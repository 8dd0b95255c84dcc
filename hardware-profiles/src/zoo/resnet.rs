//! ResNet-18 and ResNet-50 v1.5 (He et al. 2016, arXiv 1512.03385, table 1), strides in the 3 × 3 convolutions.

use super::builder::{Builder, Tensor};
use super::network::Network;
use super::op::Clamp;
use super::shape::Window;

/// Table 1 of the paper: width, repetitions of ResNet-18 and of ResNet-50, stride of the first.
const STAGES: [(usize, usize, usize, usize); 4] = [(64, 2, 3, 1), (128, 2, 4, 2), (256, 2, 6, 2), (512, 2, 3, 2)];

/// ResNet-18.
pub(super) fn resnet_18() -> Network {
    let source = "torchvision 0.20.1, ResNet18_Weights.IMAGENET1K_V1";
    let stages = STAGES.map(|(width, repetitions, _, stride)| (width, repetitions, stride));
    let network = network("resnet-18", stages, basic);
    network.with_accuracy(0.697_58, source).with_published(Some(1814.0), 11_689_512, source)
}

/// ResNet-50.
pub(super) fn resnet_50() -> Network {
    let source = "torchvision 0.20.1, ResNet50_Weights.IMAGENET1K_V1";
    let stages = STAGES.map(|(width, _, repetitions, stride)| (width, repetitions, stride));
    let network = network("resnet-50", stages, bottleneck);
    network.with_accuracy(0.761_3, source).with_published(Some(4089.0), 25_557_032, source)
}

/// Adds a block of a name, a width and a stride.
type Block = fn(&mut Builder, &str, Tensor, usize, usize) -> Tensor;

fn network(name: &str, stages: [(usize, usize, usize); 4], block: Block) -> Network {
    let (mut b, image) = Builder::imagenet();
    let x = b.conv("stem", image, Window::square(7).by(2), 64, Clamp::Relu);
    let mut x = b.max_pool("stem/pool", x, Window::square(3).by(2));
    for (stage, (width, repetitions, stride)) in stages.into_iter().enumerate() {
        for repetition in 0..repetitions {
            let stride = if repetition == 0 { stride } else { 1 };
            x = block(&mut b, &format!("stage{}/block{}", stage + 1, repetition + 1), x, width, stride);
        }
    }
    let x = b.global_pool("pool", x);
    b.linear("classifier", x, 1000);
    b.finish(name)
}

/// Two filters of one width.
fn basic(b: &mut Builder, name: &str, x: Tensor, width: usize, stride: usize) -> Tensor {
    let y = b.conv(&format!("{name}/filter1"), x, Window::square(3).by(stride), width, Clamp::Relu);
    let y = b.conv(&format!("{name}/filter2"), y, Window::square(3), width, Clamp::Free);
    join(b, name, x, y, stride)
}

/// A bottleneck of four times its width.
fn bottleneck(b: &mut Builder, name: &str, x: Tensor, width: usize, stride: usize) -> Tensor {
    let y = b.conv(&format!("{name}/reduce"), x, Window::POINT, width, Clamp::Relu);
    let y = b.conv(&format!("{name}/filter"), y, Window::square(3).by(stride), width, Clamp::Relu);
    let y = b.conv(&format!("{name}/expand"), y, Window::POINT, 4 * width, Clamp::Free);
    join(b, name, x, y, stride)
}

/// The sum with the shortcut, which is projected where shapes differ.
fn join(b: &mut Builder, name: &str, x: Tensor, y: Tensor, stride: usize) -> Tensor {
    let shortcut = if x.shape == y.shape {
        x
    } else {
        b.conv(&format!("{name}/shortcut"), x, Window::POINT.by(stride), y.shape.channels, Clamp::Free)
    };
    b.add(&format!("{name}/add"), y, shortcut, Clamp::Relu)
}
