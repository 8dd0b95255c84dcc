//! DS-CNN for keyword spotting (Zhang et al. 2017, arXiv 1711.07128), as MLPerf Tiny's reference `kws_ref_model`.

use super::builder::Builder;
use super::network::Network;
use super::op::Clamp;
use super::shape::{Shape, Window};

/// A second of sound as 49 frames of 10 mel-frequency cepstral coefficients.
const FEATURES: Shape = Shape { height: 49, width: 10, channels: 1 };
/// Channels of every layer.
const WIDTH: usize = 64;
/// Ten words, silence and anything else.
const CLASSES: usize = 12;

/// The network; its features are sent with a byte each, as the benchmark feeds its quantised reference.
pub(super) fn network() -> Network {
    let (mut b, features) = Builder::new(FEATURES);
    let mut x = b.conv("stem", features, Window::of(10, 4).by(2), WIDTH, Clamp::Relu);
    for index in 1..=4 {
        x = b.depthwise(&format!("block{index}/depthwise"), x, Window::square(3), Clamp::Relu);
        x = b.conv(&format!("block{index}/point"), x, Window::POINT, WIDTH, Clamp::Relu);
    }
    // The reference halves 49 × 10 for its pool, so the last of 25 frames falls out.
    let x = b.mean_pool("pool", x, Window::of(24, 5).by(24).valid());
    b.linear("classifier", x, CLASSES);
    b.finish("ds-cnn").with_published(None, 24_908, "mlcommons/tiny, keyword_spotting: Keras' summary of kws_ref_model")
}
