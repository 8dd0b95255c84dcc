//! ViT-Tiny with patches of 16 × 16, as DeiT-Ti (Touvron et al. 2021, arXiv 2012.12877, table 1).

use super::builder::{Builder, Shape, Tensor, Window};
use super::network::{LayerKind, Network};

/// Numbers a token.
const WIDTH: usize = 192;
/// Attention heads.
const HEADS: usize = 3;
/// Transformer blocks.
const DEPTH: usize = 12;

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let patches = b.conv("patches", image, Window::square(16).by(16), WIDTH);
    let tokens = Shape { height: patches.shape.places() + 1, width: 1, channels: WIDTH };
    // The class token, and a position for every token.
    let mut x = b.gather("embedding", patches, WIDTH + tokens.numbers(), tokens);
    for index in 1..=DEPTH {
        x = block(&mut b, &format!("block{index}"), x);
    }
    let x = b.normalise("norm", x);
    let x = b.gather("class-token", x, 0, Shape { height: 1, ..tokens });
    b.linear("classifier", x, 1000);
    b.finish("vit-tiny").with_accuracy(0.722, "Touvron et al. 2021, arXiv 2012.12877, table 5: DeiT-Ti, 72.2 %")
}

/// Attention then a perceptron of four times the width, each normalised before and with a shortcut.
fn block(b: &mut Builder, name: &str, x: Tensor) -> Tensor {
    let y = b.normalise(&format!("{name}/norm1"), x);
    let y = b.attention(&format!("{name}/attention"), y, HEADS);
    let x = b.add(&format!("{name}/add1"), x, y);
    let y = b.normalise(&format!("{name}/norm2"), x);
    let y = b.linear(&format!("{name}/mlp/expand"), y, 4 * WIDTH);
    let y = b.elementwise(&format!("{name}/mlp/gelu"), LayerKind::Activation, y);
    let y = b.linear(&format!("{name}/mlp/project"), y, WIDTH);
    b.add(&format!("{name}/add2"), x, y)
}
