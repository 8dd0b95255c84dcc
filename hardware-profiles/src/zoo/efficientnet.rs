//! EfficientNet-B0 (Tan & Le 2019, arXiv 1905.11946, table 1).

use super::builder::{Builder, Excite, Tensor};
use super::network::Network;
use super::op::{Clamp, Function};
use super::shape::Window;

/// A row of table 1: blocks of one expansion, kernel and width.
struct Stage {
    expansion: usize,
    channels: usize,
    repetitions: usize,
    window: Window,
}

const fn stage(expansion: usize, channels: usize, repetitions: usize, kernel: usize, stride: usize) -> Stage {
    Stage { expansion, channels, repetitions, window: Window::square(kernel).by(stride) }
}

const STAGES: [Stage; 7] = [
    stage(1, 16, 1, 3, 1),
    stage(6, 24, 2, 3, 2),
    stage(6, 40, 2, 5, 2),
    stage(6, 80, 3, 3, 2),
    stage(6, 112, 3, 5, 1),
    stage(6, 192, 4, 5, 2),
    stage(6, 320, 1, 3, 1),
];

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let x = b.conv("stem", image, Window::square(3).by(2), 32, Clamp::Free);
    let mut x = b.function("stem", x, Function::Silu);
    let mut index = 0;
    for Stage { expansion, channels, repetitions, window } in STAGES {
        for repetition in 0..repetitions {
            index += 1;
            let window = if repetition == 0 { window } else { window.by(1) };
            x = block(&mut b, &format!("block{index}"), x, expansion, channels, window);
        }
    }
    let x = b.conv("head", x, Window::POINT, 1280, Clamp::Free);
    let x = b.function("head", x, Function::Silu);
    let x = b.global_pool("pool", x);
    b.linear("classifier", x, 1000);
    let source = "torchvision 0.20.1, EfficientNet_B0_Weights.IMAGENET1K_V1";
    b.finish("efficientnet-b0").with_accuracy(0.776_92, source).with_published(Some(386.0), 5_288_548, source)
}

/// An inverted residual with squeeze-and-excite to a quarter of the block's input channels.
fn block(b: &mut Builder, name: &str, x: Tensor, expansion: usize, channels: usize, window: Window) -> Tensor {
    let mut y = x;
    if expansion > 1 {
        y = b.conv(&format!("{name}/expand"), y, Window::POINT, expansion * x.shape.channels, Clamp::Free);
        y = b.function(&format!("{name}/expand"), y, Function::Silu);
    }
    y = b.depthwise(&format!("{name}/depthwise"), y, window, Clamp::Free);
    y = b.function(&format!("{name}/depthwise"), y, Function::Silu);
    y = b.squeeze_excite(&format!("{name}/se"), y, x.shape.channels / 4, Excite::Silu);
    y = b.conv(&format!("{name}/project"), y, Window::POINT, channels, Clamp::Free);
    if x.shape == y.shape { b.add(&format!("{name}/add"), x, y, Clamp::Free) } else { y }
}
