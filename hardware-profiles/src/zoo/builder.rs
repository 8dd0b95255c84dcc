//! Builds a network layer by layer: each layer says what it computes, and its costs follow.

use petgraph::graph::NodeIndex;
use sim_core::units::{Bytes, Macs};

use super::graph::Graph;
use super::network::{BYTES_PER_NUMBER, Layer, Network};
use super::op::{Clamp, Function, Op, Reduction};
use super::shape::{Shape, Window};

/// Bytes of a number of the image as it is sent: a camera's pixels, or features quantised like them.
const BYTES_PER_PIXEL: f64 = 1.0;

/// A layer as it was described.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, as in `block3/expand`.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// The tensors that it reads, in order, as numbers of nodes before it.
    pub reads: Vec<usize>,
    /// The tensor that it hands on.
    pub shape: Shape,
}

/// The output of a layer while a network is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    node: usize,
    /// Its extent.
    pub shape: Shape,
}

/// The functions of a squeeze-and-excite: after it is squeezed, and as the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excite {
    /// SiLU and sigmoid, as in EfficientNet (Tan & Le 2019).
    Silu,
    /// ReLU and hard sigmoid, as in MobileNetV3 (Howard et al. 2019).
    Hard,
}

/// A network under construction.
#[derive(Debug)]
pub struct Builder {
    nodes: Vec<Node>,
}

impl Builder {
    /// A network that reads an image of such a shape.
    #[must_use]
    pub fn new(image: Shape) -> (Self, Tensor) {
        let mut builder = Self { nodes: Vec::new() };
        let input = builder.push("image", Op::Input(image), &[]);
        (builder, input)
    }

    /// A network that reads colour images of 224 × 224, as the classifiers of ImageNet do.
    #[must_use]
    pub fn imagenet() -> (Self, Tensor) {
        Self::new(Shape { height: 224, width: 224, channels: 3 })
    }

    /// A convolution over all channels with a bias.
    pub fn conv(&mut self, name: &str, from: Tensor, window: Window, channels: usize, clamp: Clamp) -> Tensor {
        self.push(name, Op::Convolution { window, channels, clamp }, &[from])
    }

    /// A convolution of each channel alone with a bias.
    pub fn depthwise(&mut self, name: &str, from: Tensor, window: Window, clamp: Clamp) -> Tensor {
        self.push(name, Op::Depthwise { window, clamp }, &[from])
    }

    /// A matrix of weights with a bias, applied at each place.
    pub fn linear(&mut self, name: &str, from: Tensor, channels: usize) -> Tensor {
        self.push(name, Op::Linear { channels }, &[from])
    }

    /// A maximum over a window.
    pub fn max_pool(&mut self, name: &str, from: Tensor, window: Window) -> Tensor {
        self.push(name, Op::Pool { window, reduction: Reduction::Max }, &[from])
    }

    /// A mean over a window.
    pub fn mean_pool(&mut self, name: &str, from: Tensor, window: Window) -> Tensor {
        self.push(name, Op::Pool { window, reduction: Reduction::Mean }, &[from])
    }

    /// The mean over the whole image.
    pub fn global_pool(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, Op::GlobalPool, &[from])
    }

    /// A sum of two tensors of one shape.
    pub fn add(&mut self, name: &str, left: Tensor, right: Tensor, clamp: Clamp) -> Tensor {
        self.push(name, Op::Add { clamp }, &[left, right])
    }

    /// A function of each number; the layer is called `name/function`.
    pub fn function(&mut self, name: &str, from: Tensor, function: Function) -> Tensor {
        self.push(&format!("{name}/{}", function.name()), Op::Function(function), &[from])
    }

    /// A layer normalisation: a scale and a shift for each channel.
    pub fn normalise(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, Op::Normalise, &[from])
    }

    /// The channels of two images of one extent, one after the other.
    pub fn concatenate(&mut self, name: &str, left: Tensor, right: Tensor) -> Tensor {
        self.push(name, Op::Concatenate, &[left, right])
    }

    /// An image as a sequence of tokens with a class token before them and a position added to each.
    pub fn embed(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, Op::Embed, &[from])
    }

    /// The class token of a sequence.
    pub fn first_token(&mut self, name: &str, from: Tensor) -> Tensor {
        self.push(name, Op::FirstToken, &[from])
    }

    /// Squeeze-and-excite: scales each channel by what `squeezed` channels say of the whole image (Hu et al. 2018).
    pub fn squeeze_excite(&mut self, name: &str, from: Tensor, squeezed: usize, excite: Excite) -> Tensor {
        let (clamp, gate) = match excite {
            Excite::Silu => (Clamp::Free, Function::Sigmoid),
            Excite::Hard => (Clamp::Relu, Function::HardSigmoid),
        };
        let mean = self.global_pool(&format!("{name}/pool"), from);
        let mut narrow = self.conv(&format!("{name}/reduce"), mean, Window::POINT, squeezed, clamp);
        if excite == Excite::Silu {
            narrow = self.function(name, narrow, Function::Silu);
        }
        let wide = self.conv(&format!("{name}/expand"), narrow, Window::POINT, from.shape.channels, Clamp::Free);
        let gate = self.function(name, wide, gate);
        self.push(&format!("{name}/scale"), Op::Multiply, &[from, gate])
    }

    /// Self-attention of `heads`, a divisor of the channels, over the tokens, its projections included (Vaswani et al.
    /// 2017).
    pub fn attention(&mut self, name: &str, from: Tensor, heads: usize) -> Tensor {
        let qkv = self.linear(&format!("{name}/qkv"), from, 3 * from.shape.channels);
        let scores = self.push(&format!("{name}/scores"), Op::Scores { heads }, &[qkv]);
        let map = self.push(&format!("{name}/softmax"), Op::Softmax, &[scores]);
        let context = self.push(&format!("{name}/context"), Op::Context, &[map, qkv]);
        self.linear(&format!("{name}/project"), context, from.shape.channels)
    }

    /// The network that ends with the layer added last.
    #[must_use]
    pub fn finish(self, name: &str) -> Network {
        let image = self.nodes[0].shape;
        let mut network = Network::from_graph(name, &self.graph()).with_nodes(self.nodes);
        network.input_bytes = Bytes(image.numbers() as f64 * BYTES_PER_PIXEL);
        network
    }

    fn push(&mut self, name: &str, op: Op, from: &[Tensor]) -> Tensor {
        let shape = |at: usize| from.get(at).map_or(Shape { height: 0, width: 0, channels: 0 }, |tensor| tensor.shape);
        let shape = op.shape(shape(0), shape(1));
        let reads = from.iter().map(|tensor| tensor.node).collect();
        self.nodes.push(Node { name: name.to_owned(), op, reads, shape });
        Tensor { node: self.nodes.len() - 1, shape }
    }

    /// The table's view of the nodes: their costs, and who reads whom.
    fn graph(&self) -> Graph {
        let mut graph = Graph::new();
        for node in &self.nodes {
            let index = graph.add_node(self.layer(node));
            for &read in &node.reads {
                graph.add_edge(NodeIndex::new(read), index, ());
            }
        }
        graph
    }

    fn layer(&self, node: &Node) -> Layer {
        let first = node.reads.first().map_or(node.shape, |&read| self.nodes[read].shape);
        let bytes = |numbers: usize| Bytes(numbers as f64 * BYTES_PER_NUMBER);
        Layer {
            name: node.name.clone(),
            kind: node.op.kind(),
            macs: Macs((node.shape.numbers() * node.op.depth(first)) as f64),
            weights: bytes(node.op.parameters(first, node.shape)),
            input: Bytes::ZERO, // summed over its edges when the graph becomes a table
            activation: bytes(node.shape.numbers()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::zoo::LayerKind;

    use super::*;

    #[test]
    fn a_convolution_costs_its_filter_at_every_output() {
        let (mut builder, image) = Builder::new(Shape { height: 5, width: 5, channels: 2 });
        builder.conv("conv", image, Window::square(3).by(2), 4, Clamp::Free);
        let network = builder.finish("tiny");
        let layer = &network.layers()[0];
        // 3 × 3 outputs of 4 channels, each 3 · 3 · 2 MACs; 3 · 3 · 2 · 4 weights and 4 biases of 4 B.
        assert_eq!(layer.macs, Macs(9.0 * 4.0 * 18.0));
        assert_eq!(layer.weights, Bytes(4.0 * 76.0));
        assert_eq!((layer.input, layer.activation), (Bytes(4.0 * 50.0), Bytes(4.0 * 36.0)));
        assert_eq!((network.input_bytes, network.output_bytes), (Bytes(50.0), Bytes(4.0 * 36.0)));
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
