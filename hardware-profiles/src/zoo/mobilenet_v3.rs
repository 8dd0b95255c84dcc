//! MobileNetV3-Large and -Small (Howard et al. 2019, arXiv 1905.02244, tables 1 and 2), width 1.0.

use super::builder::{Builder, Excite, Tensor};
use super::network::Network;
use super::op::{Clamp, Function};
use super::shape::Window;

/// The nonlinearity of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bend {
    /// ReLU.
    Re,
    /// Hard swish.
    Hs,
}

use Bend::{Hs, Re};

/// A row of the tables: kernel, expanded channels, channels, squeeze-and-excite, nonlinearity, stride.
type Row = (usize, usize, usize, bool, Bend, usize);

/// Table 1.
const LARGE: [Row; 15] = [
    (3, 16, 16, false, Re, 1),
    (3, 64, 24, false, Re, 2),
    (3, 72, 24, false, Re, 1),
    (5, 72, 40, true, Re, 2),
    (5, 120, 40, true, Re, 1),
    (5, 120, 40, true, Re, 1),
    (3, 240, 80, false, Hs, 2),
    (3, 200, 80, false, Hs, 1),
    (3, 184, 80, false, Hs, 1),
    (3, 184, 80, false, Hs, 1),
    (3, 480, 112, true, Hs, 1),
    (3, 672, 112, true, Hs, 1),
    (5, 672, 160, true, Hs, 2),
    (5, 960, 160, true, Hs, 1),
    (5, 960, 160, true, Hs, 1),
];

/// Table 2; as in torchvision, without its squeeze-and-excite at the last convolution.
const SMALL: [Row; 11] = [
    (3, 16, 16, true, Re, 2),
    (3, 72, 24, false, Re, 2),
    (3, 88, 24, false, Re, 1),
    (5, 96, 40, true, Hs, 2),
    (5, 240, 40, true, Hs, 1),
    (5, 240, 40, true, Hs, 1),
    (5, 120, 48, true, Hs, 1),
    (5, 144, 48, true, Hs, 1),
    (5, 288, 96, true, Hs, 2),
    (5, 576, 96, true, Hs, 1),
    (5, 576, 96, true, Hs, 1),
];

/// MobileNetV3-Large.
pub(super) fn large() -> Network {
    let source = "torchvision 0.20.1, MobileNet_V3_Large_Weights.IMAGENET1K_V1";
    let network = network("mobilenet-v3-large", &LARGE, 960, 1280);
    network.with_accuracy(0.740_42, source).with_published(Some(217.0), 5_483_032, source)
}

/// MobileNetV3-Small.
pub(super) fn small() -> Network {
    let source = "torchvision 0.20.1, MobileNet_V3_Small_Weights.IMAGENET1K_V1";
    let network = network("mobilenet-v3-small", &SMALL, 576, 1024);
    network.with_accuracy(0.676_68, source).with_published(Some(57.0), 2_542_856, source)
}

/// A network of rows, with the channels of its last convolution and of the layer before the classifier.
fn network(name: &str, rows: &[Row], last: usize, hidden: usize) -> Network {
    let (mut b, image) = Builder::imagenet();
    let mut x = conv(&mut b, "stem", image, Window::square(3).by(2), 16, Hs);
    for (index, row) in rows.iter().enumerate() {
        x = block(&mut b, &format!("block{}", index + 1), x, *row);
    }
    let x = conv(&mut b, "head", x, Window::POINT, last, Hs);
    let x = b.global_pool("pool", x);
    let x = b.linear("hidden", x, hidden);
    let x = b.function("hidden", x, Function::HardSwish);
    b.linear("classifier", x, 1000);
    b.finish(name)
}

/// An inverted residual, squeeze-and-excite between its depthwise convolution and its projection.
fn block(b: &mut Builder, name: &str, x: Tensor, row: Row) -> Tensor {
    let (kernel, expanded, channels, excite, bend, stride) = row;
    let mut y = x;
    if expanded != x.shape.channels {
        y = conv(b, &format!("{name}/expand"), y, Window::POINT, expanded, bend);
    }
    y = b.depthwise(&format!("{name}/depthwise"), y, Window::square(kernel).by(stride), clamp(bend));
    y = swish(b, &format!("{name}/depthwise"), y, bend);
    if excite {
        y = b.squeeze_excite(&format!("{name}/se"), y, by_eights(expanded / 4), Excite::Hard);
    }
    y = b.conv(&format!("{name}/project"), y, Window::POINT, channels, Clamp::Free);
    if x.shape == y.shape { b.add(&format!("{name}/add"), x, y, Clamp::Free) } else { y }
}

fn conv(b: &mut Builder, name: &str, x: Tensor, window: Window, channels: usize, bend: Bend) -> Tensor {
    let y = b.conv(name, x, window, channels, clamp(bend));
    swish(b, name, y, bend)
}

fn clamp(bend: Bend) -> Clamp {
    match bend {
        Re => Clamp::Relu,
        Hs => Clamp::Free,
    }
}

fn swish(b: &mut Builder, name: &str, x: Tensor, bend: Bend) -> Tensor {
    match bend {
        Re => x,
        Hs => b.function(name, x, Function::HardSwish),
    }
}

/// The multiple of 8 nearest to a number of channels, but not below 90 % of it, as in the authors' code.
fn by_eights(channels: usize) -> usize {
    let rounded = ((channels + 4) / 8 * 8).max(8);
    if rounded * 10 < channels * 9 { rounded + 8 } else { rounded }
}
