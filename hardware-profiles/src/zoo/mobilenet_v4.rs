//! MobileNetV4-Conv-S (Qin et al. 2024, arXiv 2404.10518), blocks as in timm's `mobilenetv4_conv_small`.

use super::builder::{Builder, Tensor};
use super::network::Network;
use super::op::Clamp;
use super::shape::Window;

/// A universal inverted bottleneck; a kernel of 0 leaves its depthwise convolution out.
struct Bottleneck {
    start: usize,
    middle: usize,
    stride: usize,
    expansion: usize,
    channels: usize,
}

const fn uir(start: usize, middle: usize, stride: usize, expansion: usize, channels: usize) -> Bottleneck {
    Bottleneck { start, middle, stride, expansion, channels }
}

/// timm's stages 2 and 3, repetitions written out.
const BLOCKS: [Bottleneck; 12] = [
    uir(5, 5, 2, 3, 96),
    uir(0, 3, 1, 2, 96),
    uir(0, 3, 1, 2, 96),
    uir(0, 3, 1, 2, 96),
    uir(0, 3, 1, 2, 96),
    uir(3, 0, 1, 4, 96),
    uir(3, 3, 2, 6, 128),
    uir(5, 5, 1, 4, 128),
    uir(0, 5, 1, 4, 128),
    uir(0, 5, 1, 3, 128),
    uir(0, 3, 1, 4, 128),
    uir(0, 3, 1, 4, 128),
];

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let x = b.conv("stem", image, Window::square(3).by(2), 32, Clamp::Relu);
    let x = b.conv("stage0/conv", x, Window::square(3).by(2), 32, Clamp::Relu);
    let x = b.conv("stage0/point", x, Window::POINT, 32, Clamp::Relu);
    let x = b.conv("stage1/conv", x, Window::square(3).by(2), 96, Clamp::Relu);
    let mut x = b.conv("stage1/point", x, Window::POINT, 64, Clamp::Relu);
    for (index, shape) in BLOCKS.iter().enumerate() {
        x = block(&mut b, &format!("block{}", index + 1), x, shape);
    }
    let x = b.conv("stage4/point", x, Window::POINT, 960, Clamp::Relu);
    let x = b.global_pool("pool", x);
    let x = b.conv("head", x, Window::POINT, 1280, Clamp::Relu);
    b.linear("classifier", x, 1000);
    b.finish("mobilenet-v4-conv-s").with_accuracy(ACCURACY.0, ACCURACY.1).with_published(
        Some(200.0),
        3_774_024,
        PUBLISHED,
    )
}

/// Top-1 and where it stands.
const ACCURACY: (f64, &str) = (0.738, "Qin et al. 2024, arXiv 2404.10518, table of ImageNet-1k results (73.8 %)");

/// Where its MACs and parameters stand.
const PUBLISHED: &str = "timm, mobilenetv4_conv_small; 0.2 GMACs in the card of its weights e2400_r224_in1k";

/// A universal inverted bottleneck, its stride in the middle unless only the start filters.
fn block(b: &mut Builder, name: &str, x: Tensor, shape: &Bottleneck) -> Tensor {
    let Bottleneck { start, middle, stride, expansion, channels } = *shape;
    let mut y = x;
    if start > 0 {
        let stride = if middle == 0 { stride } else { 1 };
        y = b.depthwise(&format!("{name}/start"), y, Window::square(start).by(stride), Clamp::Free);
    }
    y = b.conv(&format!("{name}/expand"), y, Window::POINT, expansion * x.shape.channels, Clamp::Relu);
    if middle > 0 {
        y = b.depthwise(&format!("{name}/middle"), y, Window::square(middle).by(stride), Clamp::Relu);
    }
    y = b.conv(&format!("{name}/project"), y, Window::POINT, channels, Clamp::Free);
    if x.shape == y.shape { b.add(&format!("{name}/add"), x, y, Clamp::Free) } else { y }
}
