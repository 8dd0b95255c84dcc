//! MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381, table 2), width 1.0.

use super::builder::{Builder, Tensor};
use super::network::Network;
use super::op::Clamp;
use super::shape::Window;

/// Table 2 of the paper: expansion, channels, repetitions, stride of the first.
const BLOCKS: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let mut x = b.conv("stem", image, Window::square(3).by(2), 32, Clamp::Relu6);
    let mut index = 0;
    for (expansion, channels, repetitions, stride) in BLOCKS {
        for repetition in 0..repetitions {
            index += 1;
            let stride = if repetition == 0 { stride } else { 1 };
            x = block(&mut b, &format!("block{index}"), x, expansion, channels, stride);
        }
    }
    let x = b.conv("head", x, Window::POINT, 1280, Clamp::Relu6);
    let x = b.global_pool("pool", x);
    b.linear("classifier", x, 1000);
    let source = "torchvision 0.20.1, MobileNet_V2_Weights.IMAGENET1K_V1";
    b.finish("mobilenet-v2").with_accuracy(0.718_78, source).with_published(Some(301.0), 3_504_872, source)
}

/// An inverted residual: expand, filter each channel, project, with a shortcut where shapes allow it.
fn block(b: &mut Builder, name: &str, x: Tensor, expansion: usize, channels: usize, stride: usize) -> Tensor {
    let mut y = x;
    if expansion > 1 {
        y = b.conv(&format!("{name}/expand"), y, Window::POINT, expansion * x.shape.channels, Clamp::Relu6);
    }
    y = b.depthwise(&format!("{name}/depthwise"), y, Window::square(3).by(stride), Clamp::Relu6);
    y = b.conv(&format!("{name}/project"), y, Window::POINT, channels, Clamp::Free);
    if x.shape == y.shape { b.add(&format!("{name}/add"), x, y, Clamp::Free) } else { y }
}
