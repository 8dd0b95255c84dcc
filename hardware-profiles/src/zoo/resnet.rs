//! ResNet-50 v1.5 (He et al. 2016, arXiv 1512.03385, table 1), its strides in the 3 × 3 convolutions.

use super::builder::{Builder, Tensor, Window};
use super::network::Network;

/// Table 1 of the paper: width of the bottleneck, repetitions, stride of the first.
const STAGES: [(usize, usize, usize); 4] = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)];

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let x = b.conv("stem", image, Window::square(7).by(2), 64);
    let mut x = b.pool("stem/pool", x, Window::square(3).by(2));
    for (stage, (width, repetitions, stride)) in STAGES.into_iter().enumerate() {
        for repetition in 0..repetitions {
            let stride = if repetition == 0 { stride } else { 1 };
            x = block(&mut b, &format!("stage{}/block{}", stage + 1, repetition + 1), x, width, stride);
        }
    }
    let x = b.global_pool("pool", x);
    b.linear("classifier", x, 1000);
    b.finish("resnet-50").with_accuracy(0.761_3, "torchvision 0.20.1, ResNet50_Weights.IMAGENET1K_V1")
}

/// A bottleneck of four times its width; the shortcut is projected where shapes differ.
fn block(b: &mut Builder, name: &str, x: Tensor, width: usize, stride: usize) -> Tensor {
    let y = b.conv(&format!("{name}/reduce"), x, Window::POINT, width);
    let y = b.conv(&format!("{name}/filter"), y, Window::square(3).by(stride), width);
    let y = b.conv(&format!("{name}/expand"), y, Window::POINT, 4 * width);
    let shortcut = if x.shape == y.shape {
        x
    } else {
        b.conv(&format!("{name}/shortcut"), x, Window::POINT.by(stride), 4 * width)
    };
    b.add(&format!("{name}/add"), y, shortcut)
}
