//! A network as the table of its layers.

use petgraph::Direction;
use serde::{Deserialize, Serialize};
use sim_core::units::{Bytes, Macs};
use sim_core::world::model::{Cut, Model};

use super::builder::Node;
use super::graph::{self, Graph};

/// Bytes of a number of the tables: they are in single precision.
pub const BYTES_PER_NUMBER: f64 = 4.0;

/// An image of 224 × 224 × 3 bytes, as a camera gives it.
const IMAGE: Bytes = Bytes(224.0 * 224.0 * 3.0);

/// Cores that a scheduler reserves for a model unless a scenario says otherwise.
///
/// Small enough that the resource score's term saturates at 1 on every container of the CarbonEdge paper (0.4 cores
/// and more), as the node use that arXiv 2603.27420 publishes requires.
const CORES_NEEDED: f64 = 0.1;

/// What a layer does.
///
/// Clamps (ReLU, ReLU6) count as part of the layer before them, as every inference runtime fuses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerKind {
    /// The image as it arrives.
    Input,
    /// A convolution over all channels, pointwise ones included.
    Convolution,
    /// A convolution of each channel alone: few MACs a byte, so it runs slower than its MACs tell.
    Depthwise,
    /// A matrix of weights times a vector, or a sequence of them.
    Linear,
    /// A product of two computed matrices: attention.
    Matmul,
    /// A mean or a maximum over a window.
    Pool,
    /// A sum of tensors: a shortcut's end.
    Add,
    /// An elementwise product: squeeze-and-excite's end.
    Multiply,
    /// A function of each number that runtimes do not fuse (SiLU, GELU, sigmoid, hard swish).
    Activation,
    /// A layer normalisation, which cannot be folded.
    Normalisation,
    /// Exponentials over their sum.
    Softmax,
    /// Joining of channels; joining, picking or embedding of tokens.
    Gather,
}

impl LayerKind {
    /// Every kind with its name in layer tables.
    pub const NAMES: [(Self, &'static str); 12] = [
        (Self::Input, "input"),
        (Self::Convolution, "convolution"),
        (Self::Depthwise, "depthwise"),
        (Self::Linear, "linear"),
        (Self::Matmul, "matmul"),
        (Self::Pool, "pool"),
        (Self::Add, "add"),
        (Self::Multiply, "multiply"),
        (Self::Activation, "activation"),
        (Self::Normalisation, "normalisation"),
        (Self::Softmax, "softmax"),
        (Self::Gather, "gather"),
    ];

    /// Its name in layer tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).expect("invariant: every kind has a name").1
    }

    /// The kind of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// One step of a network, in single precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its name, as in `block3/expand`.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// Multiply-accumulates of its convolution or matrix product; zero for anything else.
    pub macs: Macs,
    /// Its parameters.
    pub weights: Bytes,
    /// The tensors it reads.
    pub input: Bytes,
    /// The tensor it hands on.
    pub activation: Bytes,
}

/// A dimensionless figure with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced {
    /// The figure.
    pub value: f64,
    /// Where it stands.
    pub source: String,
}

/// What others publish of a network, beside which its table stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Multiply-accumulates of its convolutions and matrix products; `None` where no source states them.
    pub macs: Option<Macs>,
    /// Number of parameters, those of batch normalisation included.
    pub parameters: u64,
    /// Where both stand.
    pub source: String,
}

/// A network: its layers in order of computation and the places where a single tensor crosses.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Its name, as in scenarios.
    pub name: String,
    /// Share of the test set that it classifies rightly 0…1, for most ImageNet's; `None` where no source states it.
    pub accuracy: Option<Sourced>,
    /// What others publish of its size.
    pub published: Option<Published>,
    /// What is sent to the device that runs it: an image of bytes, not the floats the first layer reads.
    pub input_bytes: Bytes,
    /// What is sent back: the logits in single precision.
    pub output_bytes: Bytes,
    layers: Vec<Layer>,
    cuts: Vec<usize>,
    nodes: Vec<Node>,
}

impl Network {
    /// The table of a graph, for an image of 224 × 224 × 3 bytes.
    #[must_use]
    pub fn from_graph(name: &str, graph: &Graph) -> Self {
        let cuts = graph::cuts(graph).into_iter().map(|node| node.index()).collect();
        let layers: Vec<Layer> = graph
            .node_indices()
            .skip(1)
            .map(|node| {
                let read = graph.neighbors_directed(node, Direction::Incoming);
                Layer { input: read.map(|from| graph[from].activation).sum(), ..graph[node].clone() }
            })
            .collect();
        Self::from_layers(name, layers, cuts)
    }

    /// A network from layers in order of computation; `cuts` count the layers before each.
    pub(crate) fn from_layers(name: &str, layers: Vec<Layer>, cuts: Vec<usize>) -> Self {
        let output_bytes = layers.last().map_or(Bytes::ZERO, |layer| layer.activation);
        let (accuracy, published, nodes) = (None, None, Vec::new());
        Self { name: name.to_owned(), accuracy, published, input_bytes: IMAGE, output_bytes, layers, cuts, nodes }
    }

    /// The same network with the description that its table was derived from.
    pub(super) fn with_nodes(self, nodes: Vec<Node>) -> Self {
        Self { nodes, ..self }
    }

    /// The same network with its accuracy.
    #[must_use]
    pub fn with_accuracy(self, value: f64, source: &str) -> Self {
        Self { accuracy: Some(Sourced { value, source: source.to_owned() }), ..self }
    }

    /// The same network with what others publish of it: MACs [M], parameters, source.
    #[must_use]
    pub fn with_published(self, million_macs: Option<f64>, parameters: u64, source: &str) -> Self {
        let macs = million_macs.map(|macs| Macs(macs * 1e6));
        Self { published: Some(Published { macs, parameters, source: source.to_owned() }), ..self }
    }

    /// What each layer computes, the input first; empty if the network is a table and no more.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Its layers in order of computation; the input is none of them.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Where a single tensor crosses, as the number of layers before: 0 is the input, the last one the output.
    #[must_use]
    pub fn cuts(&self) -> &[usize] {
        &self.cuts
    }

    /// What crosses at the `index`-th cut: the image, an activation in single precision, or the logits.
    #[must_use]
    pub fn tensor(&self, index: usize) -> Bytes {
        match self.cuts[index] {
            0 => self.input_bytes,
            after if after == self.layers.len() => self.output_bytes,
            after => self.layers[after - 1].activation,
        }
    }

    /// Multiply-accumulates of all convolutions and matrix products.
    #[must_use]
    pub fn macs(&self) -> Macs {
        self.layers.iter().map(|layer| layer.macs).sum()
    }

    /// Multiply-accumulates of the layers of one kind.
    #[must_use]
    pub fn macs_of(&self, kind: LayerKind) -> Macs {
        self.layers.iter().filter(|layer| layer.kind == kind).map(|layer| layer.macs).sum()
    }

    /// Number of parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        (self.weights().0 / BYTES_PER_NUMBER).round() as u64
    }

    /// Its parameters in single precision.
    #[must_use]
    pub fn weights(&self) -> Bytes {
        self.layers.iter().map(|layer| layer.weights).sum()
    }

    /// The largest sum of what a layer reads and hands on, in single precision.
    #[must_use]
    pub fn peak_activation(&self) -> Bytes {
        Bytes(self.layers.iter().map(|layer| layer.input.0 + layer.activation.0).fold(0.0, f64::max))
    }

    /// The network as sim-core knows it.
    #[must_use]
    pub fn model(&self) -> Model {
        Model {
            name: self.name.clone(),
            parameters: self.weights(),
            memory_needed: self.weights() + self.peak_activation(),
            cores_needed: CORES_NEEDED,
            cuts: (0..self.cuts.len()).map(|index| self.cut(index)).collect(),
            accuracy: self.accuracy.as_ref().map(|accuracy| accuracy.value),
        }
    }

    fn cut(&self, index: usize) -> Cut {
        let before = &self.layers[..self.cuts[index]];
        Cut {
            layer: before.last().map_or("input", |layer| layer.name.as_str()).to_owned(),
            macs: before.iter().map(|layer| layer.macs).sum(),
            parameters: before.iter().map(|layer| layer.weights).sum(),
            tensor: self.tensor(index),
        }
    }
}
