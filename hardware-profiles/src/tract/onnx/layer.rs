//! One layer as ONNX operators.

use tract_onnx::pb::AttributeProto;

use crate::zoo::{Clamp, Function, Node, Op, Reduction, Window};

use super::Value;
use super::weights::spread;
use super::writer::{Writer, float, int, ints, signed};

/// Biases are drawn from 0 ± this: small beside activations of unit variance, yet no two alike, as engines keep equal
/// constants once.
const BIAS: f32 = 0.1;
/// Scales of a normalisation are drawn from 1 ± this.
const SCALE: f32 = 0.2;
/// What a layer normalisation adds to the variance (timm's vision transformers).
const EPSILON: f32 = 1e-6;

/// Whether a layer is an activation before which weights are drawn wider.
pub(super) fn bends(op: &Op) -> bool {
    matches!(op, Op::Function(Function::Silu | Function::Gelu | Function::HardSwish))
}

/// Whether a layer can read tensors of such ranks: 4 an image or an attention map, 3 tokens, 2 a vector.
pub(super) fn fits(op: &Op, reads: &[&Value]) -> bool {
    let ranks: Vec<usize> = reads.iter().map(|value| value.dims.len()).collect();
    match op {
        Op::Input(_) => ranks.is_empty(),
        Op::Convolution { .. } | Op::Depthwise { .. } | Op::Pool { .. } | Op::GlobalPool | Op::Embed => ranks == [4],
        Op::Linear { .. } => matches!(ranks[..], [2 | 3]) || ranks == [4] && reads[0].dims[2..] == [1, 1],
        Op::Normalise | Op::Scores { .. } | Op::FirstToken => ranks == [3],
        Op::Context => ranks == [4, 3],
        Op::Add { .. } => ranks.len() == 2 && reads[0].dims == reads[1].dims,
        Op::Multiply | Op::Concatenate => ranks == [4, 4],
        Op::Function(_) => ranks.len() == 1,
        Op::Softmax => ranks == [4],
    }
}

/// A layer that reads tensors and hands one on.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) node: &'a Node,
    pub(super) reads: &'a [&'a Value],
    /// Name of the tensor that it hands on.
    pub(super) out: &'a str,
    /// Whether an activation follows.
    pub(super) bends: bool,
    /// Whether it hands on the logits, which are a vector.
    pub(super) last: bool,
}

impl Call<'_> {
    /// Writes its operators; hands back the extent of its tensor.
    pub(super) fn write(&self, writer: &mut Writer) -> Vec<usize> {
        match self.node.op {
            Op::Input(_) => self.image(),
            Op::Convolution { window, clamp, .. } => self.convolution(writer, window, 1, clamp),
            Op::Depthwise { window, clamp } => self.convolution(writer, window, self.node.shape.channels, clamp),
            Op::Linear { channels } => self.linear(writer, channels),
            Op::Scores { heads } => self.scores(writer, heads),
            Op::Context => self.context(writer),
            Op::Pool { window, reduction } => self.pool(writer, window, reduction),
            Op::GlobalPool => self.global_pool(writer),
            Op::Add { clamp } => self.clamped(writer, clamp, |writer, out| {
                writer.node("Add", self.name(), &[self.read(0), self.read(1)], out, vec![]);
                self.dims(0)
            }),
            Op::Multiply => self.simple(writer, "Mul", vec![]),
            Op::Function(function) => self.function(writer, function),
            Op::Normalise => self.normalise(writer),
            Op::Softmax => self.simple(writer, "Softmax", vec![int("axis", -1)]),
            Op::Concatenate => {
                self.simple(writer, "Concat", vec![int("axis", 1)]);
                self.image()
            }
            Op::Embed => self.embed(writer),
            Op::FirstToken => self.first_token(writer),
        }
    }

    fn name(&self) -> &str {
        &self.node.name
    }

    /// A name within the layer.
    fn part(&self, part: &str) -> String {
        format!("{}/{part}", self.node.name)
    }

    fn read(&self, at: usize) -> &str {
        &self.reads[at].name
    }

    fn dims(&self, at: usize) -> Vec<usize> {
        self.reads[at].dims.clone()
    }

    /// Its tensor as an image.
    fn image(&self) -> Vec<usize> {
        let shape = self.node.shape;
        vec![1, shape.channels, shape.height, shape.width]
    }

    /// One operator of all that the layer reads.
    fn simple(&self, writer: &mut Writer, operator: &str, with: Vec<AttributeProto>) -> Vec<usize> {
        let reads: Vec<&str> = self.reads.iter().map(|value| value.name.as_str()).collect();
        writer.node(operator, self.name(), &reads, self.out, with);
        self.dims(0)
    }

    /// What `inner` writes, with a bound behind it.
    fn clamped(
        &self, writer: &mut Writer, clamp: Clamp, inner: impl FnOnce(&mut Writer, &str) -> Vec<usize>,
    ) -> Vec<usize> {
        let unclamped = self.part("unclamped");
        match clamp {
            Clamp::Free => inner(writer, self.out),
            Clamp::Relu => {
                let dims = inner(writer, &unclamped);
                writer.node("Relu", &self.part("relu"), &[&unclamped], self.out, vec![]);
                dims
            }
            Clamp::Relu6 => {
                let dims = inner(writer, &unclamped);
                let low = writer.scalar(self.part("relu6/min"), 0.0);
                let high = writer.scalar(self.part("relu6/max"), 6.0);
                writer.node("Clip", &self.part("relu6"), &[&unclamped, &low, &high], self.out, vec![]);
                dims
            }
        }
    }

    fn convolution(&self, writer: &mut Writer, window: Window, groups: usize, clamp: Clamp) -> Vec<usize> {
        let image = self.reads[0].dims.as_slice();
        let (read, out) = (image[1] / groups, self.node.shape.channels);
        let [rows, columns] = window.kernel;
        let doubled = self.bends || clamp != Clamp::Free;
        let spread = spread(read * window.area(), doubled);
        let weight = writer.parameters(self.part("weight"), &[out, read, rows, columns], 0.0, spread);
        let bias = writer.parameters(self.part("bias"), &[out], 0.0, BIAS);
        let mut with = self.window(window);
        with.push(ints("dilations", &[1, 1]));
        with.push(int("group", signed(&[groups])[0]));
        self.clamped(writer, clamp, |writer, out| {
            writer.node("Conv", self.name(), &[self.read(0), &weight, &bias], out, with);
            self.image()
        })
    }

    fn window(&self, window: Window) -> Vec<AttributeProto> {
        let [channels, height, width] = [1, 2, 3].map(|axis| self.reads[0].dims[axis]);
        let pads = window.pads(crate::zoo::Shape { height, width, channels });
        let strides = [window.stride, window.stride];
        vec![ints("kernel_shape", &window.kernel), ints("strides", &strides), ints("pads", &pads)]
    }

    fn pool(&self, writer: &mut Writer, window: Window, reduction: Reduction) -> Vec<usize> {
        let operator = match reduction {
            Reduction::Mean => "AveragePool",
            Reduction::Max => "MaxPool",
        };
        self.simple(writer, operator, self.window(window));
        self.image()
    }

    fn global_pool(&self, writer: &mut Writer) -> Vec<usize> {
        if !self.last {
            self.simple(writer, "GlobalAveragePool", vec![]);
            return self.image();
        }
        let pooled = self.part("pooled");
        writer.node("GlobalAveragePool", self.name(), &[self.read(0)], &pooled, vec![]);
        writer.node("Flatten", &self.part("flatten"), &[&pooled], self.out, vec![int("axis", 1)]);
        vec![1, self.node.shape.channels]
    }

    /// A matrix product with each token, or with what a pool has made one vector.
    fn linear(&self, writer: &mut Writer, channels: usize) -> Vec<usize> {
        let mut dims = self.dims(0);
        let depth = if dims.len() == 3 { dims[2] } else { dims[1] };
        let spread = spread(depth, self.bends);
        let mut input = self.read(0).to_owned();
        if dims.len() == 3 {
            let weight = writer.parameters(self.part("weight"), &[depth, channels], 0.0, spread);
            let bias = writer.parameters(self.part("bias"), &[channels], 0.0, BIAS);
            let product = self.part("product");
            writer.node("MatMul", self.name(), &[&input, &weight], &product, vec![]);
            writer.node("Add", &self.part("shift"), &[&product, &bias], self.out, vec![]);
            dims[2] = channels;
            return dims;
        }
        if dims.len() == 4 {
            let flat = self.part("flat");
            writer.node("Flatten", &self.part("flatten"), &[&input], &flat, vec![int("axis", 1)]);
            input = flat;
        }
        let weight = writer.parameters(self.part("weight"), &[channels, depth], 0.0, spread);
        let bias = writer.parameters(self.part("bias"), &[channels], 0.0, BIAS);
        writer.node("Gemm", self.name(), &[&input, &weight, &bias], self.out, vec![int("transB", 1)]);
        vec![1, channels]
    }

    fn function(&self, writer: &mut Writer, function: Function) -> Vec<usize> {
        match function {
            Function::Sigmoid => self.simple(writer, "Sigmoid", vec![]),
            Function::HardSwish => self.simple(writer, "HardSwish", vec![]),
            Function::HardSigmoid => {
                self.simple(writer, "HardSigmoid", vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)])
            }
            Function::Silu => {
                let gate = self.part("gate");
                writer.node("Sigmoid", &self.part("sigmoid"), &[self.read(0)], &gate, vec![]);
                writer.node("Mul", self.name(), &[self.read(0), &gate], self.out, vec![]);
                self.dims(0)
            }
            Function::Gelu => self.gelu(writer),
        }
    }

    /// x · (1 + erf(x/√2))/2, as the operator of that name is newer than [`super::OPSET`].
    fn gelu(&self, writer: &mut Writer) -> Vec<usize> {
        let root = writer.scalar(self.part("root"), std::f32::consts::SQRT_2);
        let one = writer.scalar(self.part("one"), 1.0);
        let half = writer.scalar(self.part("half"), 0.5);
        let [scaled, erf, sum, product] = ["scaled", "erf", "sum", "product"].map(|part| self.part(part));
        writer.node("Div", &scaled, &[self.read(0), &root], &scaled, vec![]);
        writer.node("Erf", &erf, &[&scaled], &erf, vec![]);
        writer.node("Add", &sum, &[&erf, &one], &sum, vec![]);
        writer.node("Mul", &product, &[self.read(0), &sum], &product, vec![]);
        writer.node("Mul", self.name(), &[&product, &half], self.out, vec![]);
        self.dims(0)
    }

    fn normalise(&self, writer: &mut Writer) -> Vec<usize> {
        let channels = [self.node.shape.channels];
        let scale = writer.parameters(self.part("scale"), &channels, 1.0, SCALE);
        let shift = writer.parameters(self.part("shift"), &channels, 0.0, BIAS);
        let with = vec![int("axis", -1), float("epsilon", EPSILON)];
        writer.node("LayerNormalization", self.name(), &[self.read(0), &scale, &shift], self.out, with);
        self.dims(0)
    }

    /// Patches as rows, the class token before them, positions added.
    fn embed(&self, writer: &mut Writer) -> Vec<usize> {
        let (tokens, channels) = (self.node.shape.height, self.node.shape.channels);
        let extent = writer.integers(self.part("extent"), &signed(&[1, channels, tokens - 1]));
        let class = writer.parameters(self.part("class"), &[1, 1, channels], 0.0, 1.0);
        let position = writer.parameters(self.part("position"), &[1, tokens, channels], 0.0, 1.0);
        let [flat, rows, joined] = ["flat", "rows", "joined"].map(|part| self.part(part));
        writer.node("Reshape", &flat, &[self.read(0), &extent], &flat, vec![]);
        writer.node("Transpose", &rows, &[&flat], &rows, vec![ints("perm", &[0, 2, 1])]);
        writer.node("Concat", &joined, &[&class, &rows], &joined, vec![int("axis", 1)]);
        writer.node("Add", self.name(), &[&joined, &position], self.out, vec![]);
        vec![1, tokens, channels]
    }

    /// A slice of one token, which engines push up through the layers before; then the token without its axis.
    fn first_token(&self, writer: &mut Writer) -> Vec<usize> {
        let [from, to, axis] =
            [("from", 0), ("to", 1), ("axis", 1)].map(|(part, value)| writer.integers(self.part(part), &[value]));
        let slice = self.part("slice");
        writer.node("Slice", &slice, &[self.read(0), &from, &to, &axis], &slice, vec![]);
        writer.node("Flatten", self.name(), &[&slice], self.out, vec![int("axis", 1)]);
        vec![1, self.node.shape.channels]
    }

    /// Queries × keysᵀ/√depth.
    fn scores(&self, writer: &mut Writer, heads: usize) -> Vec<usize> {
        let (tokens, channels) = (self.node.shape.height, self.reads[0].dims[2] / 3);
        let queries = self.heads(writer, 0, "queries", heads, &[0, 2, 1, 3]);
        let keys = self.heads(writer, 0, "keys", heads, &[0, 2, 3, 1]);
        let scale = writer.scalar(self.part("scale"), ((channels / heads) as f32).sqrt().recip());
        let scaled = self.part("scaled");
        writer.node("Mul", &scaled, &[&queries, &scale], &scaled, vec![]);
        writer.node("MatMul", self.name(), &[&scaled, &keys], self.out, vec![]);
        vec![1, heads, tokens, tokens]
    }

    /// Attention map × values.
    fn context(&self, writer: &mut Writer) -> Vec<usize> {
        let (heads, tokens, channels) = (self.reads[0].dims[1], self.node.shape.height, self.node.shape.channels);
        let values = self.heads(writer, 1, "values", heads, &[0, 2, 1, 3]);
        let [product, turned] = ["product", "turned"].map(|part| self.part(part));
        writer.node("MatMul", self.name(), &[self.read(0), &values], &product, vec![]);
        writer.node("Transpose", &turned, &[&product], &turned, vec![ints("perm", &[0, 2, 1, 3])]);
        let extent = writer.integers(self.part("extent"), &signed(&[1, tokens, channels]));
        writer.node("Reshape", &self.part("join"), &[&turned, &extent], self.out, vec![]);
        vec![1, tokens, channels]
    }

    /// The queries, keys or values of the tensor `at`, by heads; hands back their name.
    fn heads(&self, writer: &mut Writer, at: usize, which: &str, heads: usize, order: &[usize]) -> String {
        let (tokens, channels) = (self.reads[at].dims[1], self.reads[at].dims[2] / 3);
        let third = ["queries", "keys", "values"].iter().position(|name| *name == which).unwrap_or(0);
        let inner = |part: &str| self.part(&format!("{which}/{part}"));
        let starts = writer.integers(inner("from"), &signed(&[third * channels]));
        let ends = writer.integers(inner("to"), &signed(&[(third + 1) * channels]));
        let axes = writer.integers(inner("axis"), &[2]);
        let extent = writer.integers(inner("extent"), &signed(&[1, tokens, heads, channels / heads]));
        let [slice, split, turned] = ["slice", "split", "turned"].map(inner);
        writer.node("Slice", &slice, &[self.read(at), &starts, &ends, &axes], &slice, vec![]);
        writer.node("Reshape", &split, &[&slice, &extent], &split, vec![]);
        writer.node("Transpose", &turned, &[&split], &turned, vec![ints("perm", order)]);
        turned
    }
}
