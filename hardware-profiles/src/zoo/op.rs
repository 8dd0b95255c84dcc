//! What a layer computes, from which its shape, its MACs and its parameters follow.

use super::network::LayerKind;
use super::shape::{Shape, Window};

/// A bound on what a layer hands on, fused into it by every inference runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clamp {
    /// None.
    Free,
    /// Not below 0 (ReLU).
    Relu,
    /// Not below 0 nor above 6 (ReLU6).
    Relu6,
}

/// A function of each number that runtimes do not fuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// x · σ(x) (Elfwing et al. 2018).
    Silu,
    /// σ(x) = 1/(1 + e⁻ˣ).
    Sigmoid,
    /// x · Φ(x) with the normal distribution Φ (Hendrycks & Gimpel 2016).
    Gelu,
    /// x · min(max(x + 3, 0), 6)/6 (Howard et al. 2019).
    HardSwish,
    /// min(max(x + 3, 0), 6)/6.
    HardSigmoid,
}

impl Function {
    /// Its name in names of layers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silu => "silu",
            Self::Sigmoid => "sigmoid",
            Self::Gelu => "gelu",
            Self::HardSwish => "hardswish",
            Self::HardSigmoid => "hardsigmoid",
        }
    }
}

/// What a pool makes of the numbers under its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean.
    Mean,
    /// Their maximum.
    Max,
}

/// What a layer computes of the tensors that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The image as it arrives; reads nothing.
    Input(Shape),
    /// A convolution over all channels with a bias.
    Convolution {
        /// Its filter's window.
        window: Window,
        /// Channels that it makes.
        channels: usize,
        /// Fused bound.
        clamp: Clamp,
    },
    /// A convolution of each channel alone with a bias.
    Depthwise {
        /// Its filters' window.
        window: Window,
        /// Fused bound.
        clamp: Clamp,
    },
    /// A matrix of weights with a bias, applied at each place.
    Linear {
        /// Channels that it makes.
        channels: usize,
    },
    /// Queries times keys, scaled, of channels that hold queries, keys and values (Vaswani et al. 2017, equation 1).
    Scores {
        /// Attention heads, a divisor of a third of the channels.
        heads: usize,
    },
    /// Attention map times values; reads the map, then the channels that hold queries, keys and values.
    Context,
    /// A mean or a maximum over a window.
    Pool {
        /// The window.
        window: Window,
        /// Which of them.
        reduction: Reduction,
    },
    /// The mean over the whole image.
    GlobalPool,
    /// A sum of two tensors of one shape.
    Add {
        /// Fused bound.
        clamp: Clamp,
    },
    /// A tensor times one number for each of its channels.
    Multiply,
    /// A function of each number.
    Function(Function),
    /// A layer normalisation with a scale and a shift for each channel (Ba et al. 2016).
    Normalise,
    /// Exponentials over their sum along each row of an attention map.
    Softmax,
    /// The channels of two images, one after the other.
    Concatenate,
    /// An image as a sequence of tokens, a learnt class token before them, a learnt position added to each.
    Embed,
    /// The class token.
    FirstToken,
}

impl Op {
    /// Its kind in layer tables.
    #[must_use]
    pub const fn kind(&self) -> LayerKind {
        match self {
            Self::Input(_) => LayerKind::Input,
            Self::Convolution { .. } => LayerKind::Convolution,
            Self::Depthwise { .. } => LayerKind::Depthwise,
            Self::Linear { .. } => LayerKind::Linear,
            Self::Scores { .. } | Self::Context => LayerKind::Matmul,
            Self::Pool { .. } | Self::GlobalPool => LayerKind::Pool,
            Self::Add { .. } => LayerKind::Add,
            Self::Multiply => LayerKind::Multiply,
            Self::Function(_) => LayerKind::Activation,
            Self::Normalise => LayerKind::Normalisation,
            Self::Softmax => LayerKind::Softmax,
            Self::Concatenate | Self::Embed | Self::FirstToken => LayerKind::Gather,
        }
    }

    /// What it hands on where it reads tensors of `first` and, if it reads two, `second` shape.
    #[must_use]
    pub fn shape(&self, first: Shape, second: Shape) -> Shape {
        match *self {
            Self::Input(shape) => shape,
            Self::Convolution { window, channels, .. } => window.over(first, channels),
            Self::Depthwise { window, .. } | Self::Pool { window, .. } => window.over(first, first.channels),
            Self::Linear { channels } => Shape { channels, ..first },
            Self::Scores { heads } => Shape { height: first.places(), width: first.places(), channels: heads },
            Self::Context => Shape { channels: second.channels / 3, ..second },
            Self::GlobalPool => Shape { height: 1, width: 1, ..first },
            Self::Add { .. } | Self::Multiply | Self::Function(_) | Self::Normalise | Self::Softmax => first,
            Self::Concatenate => Shape { channels: first.channels + second.channels, ..first },
            Self::Embed => Shape { height: first.places() + 1, width: 1, ..first },
            Self::FirstToken => Shape { height: 1, ..first },
        }
    }

    /// Numbers that go into one number of its product: the MACs of one output; 0 for what is no product.
    ///
    /// `first` is the tensor that it reads, or the first of two.
    #[must_use]
    pub const fn depth(&self, first: Shape) -> usize {
        match *self {
            Self::Convolution { window, .. } => window.area() * first.channels,
            Self::Depthwise { window, .. } => window.area(),
            Self::Linear { .. } => first.channels,
            Self::Scores { heads } => first.channels / 3 / heads,
            Self::Context => first.width,
            Self::Input(_)
            | Self::Pool { .. }
            | Self::GlobalPool
            | Self::Add { .. }
            | Self::Multiply
            | Self::Function(_)
            | Self::Normalise
            | Self::Softmax
            | Self::Concatenate
            | Self::Embed
            | Self::FirstToken => 0,
        }
    }

    /// Numbers that it has learnt, where it reads `first` and hands on `out`.
    #[must_use]
    pub const fn parameters(&self, first: Shape, out: Shape) -> usize {
        match self {
            Self::Convolution { .. } | Self::Depthwise { .. } | Self::Linear { .. } => {
                (self.depth(first) + 1) * out.channels
            }
            Self::Normalise => 2 * out.channels,
            Self::Embed => out.channels + out.numbers(),
            Self::Input(_)
            | Self::Scores { .. }
            | Self::Context
            | Self::Pool { .. }
            | Self::GlobalPool
            | Self::Add { .. }
            | Self::Multiply
            | Self::Function(_)
            | Self::Softmax
            | Self::Concatenate
            | Self::FirstToken => 0,
        }
    }
}
