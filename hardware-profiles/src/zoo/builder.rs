//! Builds a network layer by layer, deriving MACs and bytes from shapes.

use petgraph::graph::NodeIndex;
use sim_core::units::{Bytes, Macs};

use super::graph::Graph;
use super::network::{BYTES_PER_NUMBER, Layer, LayerKind, Network};

/// Extent of a tensor; a sequence of tokens is `tokens` × 1 × `channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows, or tokens.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers at each place.
    pub channels: usize,
}

impl Shape {
    /// Rows × columns.
    #[must_use]
    pub const fn places(self) -> usize {
        self.height * self.width
    }

    /// Numbers in the tensor.
    #[must_use]
    pub const fn numbers(self) -> usize {
        self.places() * self.channels
    }
}

/// The output of a layer while a network is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    node: NodeIndex,
    /// Its extent.
    pub shape: Shape,
}

/// A square window that slides over an image, padded so that stride 1 keeps the image's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its edge.
    pub kernel: usize,
    /// How far it moves.
    pub stride: usize,
}

impl Window {
    /// The window of a pointwise convolution.
    pub const POINT: Self = Self { kernel: 1, stride: 1 };

    /// A window of an edge that moves by one.
    #[must_use]
    pub const fn square(kernel: usize) -> Self {
        Self { kernel, stride: 1 }
    }

    /// The same window with another stride.
    #[must_use]
    pub const fn by(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    const fn area(self) -> usize {
        self.kernel * self.kernel
    }

    fn over(self, shape: Shape, channels: usize) -> Shape {
        let steps = |extent: usize| extent.div_ceil(self.stride);
        Shape { height: steps(shape.height), width: steps(shape.width), channels }
    }
}

/// A network under construction.
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// A network that reads an image of such a shape.
    #[must_use]
    pub fn new(image: Shape) -> (Self, Tensor) {
        let mut builder = Self { graph: Graph::new() };
        let input = builder.push("input", LayerKind::Input, &[], 0, 0, image);
        (builder, input)
    }

    /// A network that reads colour images of 224 × 224, as all built-in ones do.
    #[must_use]
    pub fn imagenet() -> (Self, Tensor) {
        Self::new(Shape { height: 224, width: 224, channels: 3 })
    }

    /// A convolution over all channels with a bias.
    pub fn conv(&mut self, name: &str, from: Tensor, window: Window, channels: usize) -> Tensor {
        let shape = window.over(from.shape, channels);
        let filter = window.area() * from.shape.channels;
        let weights = filter * channels + channels;
        self.push(name, LayerKind::Convolution, &[from], shape.numbers() * filter, weights, shape)
    }

    /// A convolution of each channel alone with a bias.
    pub fn depthwise(&mut self, name: &str, from: Tensor, window: Window) -> Tensor {
        let channels = from.shape.channels;
        let shape = window.over(from.shape, channels);
        let weights = window.area() * channels + channels;
        self.push(name, LayerKind::Depthwise, &[from], shape.numbers() * window.area(), weights, shape)
    }

    /// A matrix of weights with a bias, applied at each place.
    pub fn linear(&mut self, name: &str, from: Tensor, channels: usize) -> Tensor {
        let shape = Shape { channels, ..from.shape };
        let weights = from.shape.channels * channels + channels;
        self.push(name, LayerKind::Linear, &[from], from.shape.numbers() * channels, weights, shape)
    }

    /// A product of computed matrices whose every number takes `depth` MACs.
    pub fn matmul(&mut self, name: &str, from: &[Tensor], depth: usize, shape: Shape) -> Tensor {
        self.push(name, LayerKind::Matmul, from, shape.numbers() * depth, 0, shape)
    }

    /// A mean or a maximum over a window.
    pub fn pool(&mut self, name: &str, from: Tensor, window: Window) -> Tensor {
        self.push(name, LayerKind::Pool, &[from], 0, 0, window.over(from.shape, from.shape.channels))
    }

    /// The mean over the whole image.
    pub fn global_pool(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, LayerKind::Pool, &[from], 0, 0, Shape { height: 1, width: 1, ..from.shape })
    }

    /// A sum of two tensors of one shape.
    pub fn add(&mut self, name: &str, left: Tensor, right: Tensor) -> Tensor {
        self.push(name, LayerKind::Add, &[left, right], 0, 0, left.shape)
    }

    /// A step that keeps the shape: an activation or a softmax.
    pub fn elementwise(&mut self, name: &str, kind: LayerKind, from: Tensor) -> Tensor {
        self.push(name, kind, &[from], 0, 0, from.shape)
    }

    /// A layer normalisation: a scale and a shift for each channel.
    pub fn normalise(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, LayerKind::Normalisation, &[from], 0, 2 * from.shape.channels, from.shape)
    }

    /// Joins or picks tokens, with so many learnt numbers.
    pub fn gather(&mut self, name: &str, from: Tensor, weights: usize, shape: Shape) -> Tensor {
        self.push(name, LayerKind::Gather, &[from], 0, weights, shape)
    }

    /// Squeeze-and-excite: scales each channel by what `squeezed` channels say of the whole image (Hu et al. 2018).
    pub fn squeeze_excite(&mut self, name: &str, from: Tensor, squeezed: usize) -> Tensor {
        let mean = self.global_pool(&format!("{name}/pool"), from);
        let narrow = self.conv(&format!("{name}/reduce"), mean, Window::POINT, squeezed);
        let active = self.elementwise(&format!("{name}/silu"), LayerKind::Activation, narrow);
        let wide = self.conv(&format!("{name}/expand"), active, Window::POINT, from.shape.channels);
        let gate = self.elementwise(&format!("{name}/sigmoid"), LayerKind::Activation, wide);
        self.push(&format!("{name}/scale"), LayerKind::Multiply, &[from, gate], 0, 0, from.shape)
    }

    /// Self-attention of `heads` over the tokens, its projections included (Vaswani et al. 2017).
    pub fn attention(&mut self, name: &str, from: Tensor, heads: usize) -> Tensor {
        let Shape { height: tokens, channels, .. } = from.shape;
        let qkv = self.linear(&format!("{name}/qkv"), from, 3 * channels);
        let map = Shape { height: tokens, width: tokens, channels: heads };
        let scores = self.matmul(&format!("{name}/scores"), &[qkv], channels / heads, map);
        let softmax = self.elementwise(&format!("{name}/softmax"), LayerKind::Softmax, scores);
        let context = self.matmul(&format!("{name}/context"), &[softmax, qkv], tokens, from.shape);
        self.linear(&format!("{name}/project"), context, channels)
    }

    /// The network that ends with the layer added last.
    #[must_use]
    pub fn finish(self, name: &str) -> Network {
        Network::from_graph(name, &self.graph)
    }

    fn push(
        &mut self, name: &str, kind: LayerKind, from: &[Tensor], macs: usize, weights: usize, shape: Shape,
    ) -> Tensor {
        let bytes = |numbers: usize| Bytes(numbers as f64 * BYTES_PER_NUMBER);
        let node = self.graph.add_node(Layer {
            name: name.to_owned(),
            kind,
            macs: Macs(macs as f64),
            weights: bytes(weights),
            input: Bytes::ZERO, // summed over its edges when the graph becomes a table
            activation: bytes(shape.numbers()),
        });
        for tensor in from {
            self.graph.add_edge(tensor.node, node, ());
        }
        Tensor { node, shape }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_costs_its_filter_at_every_output() {
        let (mut builder, image) = Builder::new(Shape { height: 5, width: 5, channels: 2 });
        builder.conv("conv", image, Window::square(3).by(2), 4);
        let network = builder.finish("tiny");
        let layer = &network.layers()[0];
        // 3 × 3 outputs of 4 channels, each 3 · 3 · 2 MACs; 3 · 3 · 2 · 4 weights and 4 biases of 4 B.
        assert_eq!(layer.macs, Macs(9.0 * 4.0 * 18.0));
        assert_eq!(layer.weights, Bytes(4.0 * 76.0));
        assert_eq!((layer.input, layer.activation), (Bytes(4.0 * 50.0), Bytes(4.0 * 36.0)));
    }

    #[test]
    fn attention_costs_two_products_of_tokens_squared() {
        let (mut builder, tokens) = Builder::new(Shape { height: 5, width: 1, channels: 6 });
        builder.attention("attention", tokens, 2);
        let network = builder.finish("tiny");
        assert_eq!(network.macs_of(LayerKind::Matmul), Macs(2.0 * 5.0 * 5.0 * 6.0));
        assert_eq!(network.macs_of(LayerKind::Linear), Macs(5.0 * 6.0 * (18.0 + 6.0)));
    }
}
