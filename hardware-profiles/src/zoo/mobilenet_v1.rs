//! MobileNetV1 (Howard et al. 2017, arXiv 1704.04861, table 1), width 1.0.

use super::builder::Builder;
use super::network::Network;
use super::op::Clamp;
use super::shape::Window;

/// Table 1 of the paper: channels and stride of each depthwise separable convolution.
const BLOCKS: [(usize, usize); 13] = [
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1), // the table's stride of 2 here is a misprint: the image keeps its 7 × 7
];

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let mut x = b.conv("stem", image, Window::square(3).by(2), 32, Clamp::Relu6);
    for (index, (channels, stride)) in BLOCKS.into_iter().enumerate() {
        let name = format!("block{}", index + 1);
        x = b.depthwise(&format!("{name}/depthwise"), x, Window::square(3).by(stride), Clamp::Relu6);
        x = b.conv(&format!("{name}/point"), x, Window::POINT, channels, Clamp::Relu6);
    }
    let x = b.global_pool("pool", x);
    b.linear("classifier", x, 1000);
    b.finish("mobilenet-v1")
        .with_accuracy(0.706, "Howard et al. 2017, arXiv 1704.04861, table 4 (70.6 %)")
        .with_published(Some(569.0), 4_253_864, "Howard et al. 2017, table 4: 569 M; parameters of Keras' MobileNet")
}
