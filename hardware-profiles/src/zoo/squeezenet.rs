//! SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360; version 1.1 of the authors' repository, as in torchvision).

use super::builder::{Builder, Tensor};
use super::network::Network;
use super::op::Clamp;
use super::shape::Window;

/// Fire modules: squeezed channels, channels of each of both expansions, whether a pool comes before.
const FIRES: [(usize, usize, bool); 8] = [
    (16, 64, true),
    (16, 64, false),
    (32, 128, true),
    (32, 128, false),
    (48, 192, true),
    (48, 192, false),
    (64, 256, false),
    (64, 256, false),
];

/// The network.
pub(super) fn network() -> Network {
    let source = "torchvision 0.20.1, SqueezeNet1_1_Weights.IMAGENET1K_V1";
    let (mut b, image) = Builder::imagenet();
    let mut x = b.conv("stem", image, Window::square(3).by(2).valid(), 64, Clamp::Relu);
    for (index, (squeezed, expanded, pool)) in FIRES.into_iter().enumerate() {
        let name = format!("fire{}", index + 2);
        if pool {
            x = b.max_pool(&format!("{name}/pool"), x, Window::square(3).by(2).valid());
        }
        x = fire(&mut b, &name, x, squeezed, expanded);
    }
    let x = b.conv("classifier", x, Window::POINT, 1000, Clamp::Relu);
    b.global_pool("pool", x);
    b.finish("squeezenet").with_accuracy(0.581_78, source).with_published(Some(349.0), 1_235_496, source)
}

/// Squeeze, then expand by points and by 3 × 3 filters side by side.
fn fire(b: &mut Builder, name: &str, x: Tensor, squeezed: usize, expanded: usize) -> Tensor {
    let x = b.conv(&format!("{name}/squeeze"), x, Window::POINT, squeezed, Clamp::Relu);
    let point = b.conv(&format!("{name}/expand1"), x, Window::POINT, expanded, Clamp::Relu);
    let square = b.conv(&format!("{name}/expand3"), x, Window::square(3), expanded, Clamp::Relu);
    b.concatenate(&format!("{name}/join"), point, square)
}
