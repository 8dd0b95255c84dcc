//! ViT-Tiny with patches of 16 × 16, as DeiT-Ti (Touvron et al. 2021, arXiv 2012.12877, table 1).

use super::builder::{Builder, Tensor};
use super::network::Network;
use super::op::{Clamp, Function};
use super::shape::Window;

/// Numbers a token.
const WIDTH: usize = 192;
/// Attention heads.
const HEADS: usize = 3;
/// Transformer blocks.
const DEPTH: usize = 12;

/// The network.
pub(super) fn network() -> Network {
    let (mut b, image) = Builder::imagenet();
    let patches = b.conv("patches", image, Window::square(16).by(16).valid(), WIDTH, Clamp::Free);
    let mut x = b.embed("embedding", patches);
    for index in 1..=DEPTH {
        x = block(&mut b, &format!("block{index}"), x);
    }
    let x = b.normalise("norm", x);
    let x = b.first_token("class-token", x);
    b.linear("classifier", x, 1000);
    b.finish("vit-tiny")
        .with_accuracy(0.722, "Touvron et al. 2021, arXiv 2012.12877, table 5: DeiT-Ti, 72.2 %")
        .with_published(
            Some(1300.0),
            5_717_416,
            "timm, deit_tiny_patch16_224; 1.3 GMACs in the card of its weights fb_in1k",
        )
}

/// Attention then a perceptron of four times the width, each normalised before and with a shortcut.
fn block(b: &mut Builder, name: &str, x: Tensor) -> Tensor {
    let y = b.normalise(&format!("{name}/norm1"), x);
    let y = b.attention(&format!("{name}/attention"), y, HEADS);
    let x = b.add(&format!("{name}/add1"), x, y, Clamp::Free);
    let y = b.normalise(&format!("{name}/norm2"), x);
    let y = b.linear(&format!("{name}/mlp/expand"), y, 4 * WIDTH);
    let y = b.function(&format!("{name}/mlp"), y, Function::Gelu);
    let y = b.linear(&format!("{name}/mlp/project"), y, WIDTH);
    b.add(&format!("{name}/add2"), x, y, Clamp::Free)
}
