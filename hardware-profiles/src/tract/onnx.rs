//! A network as an ONNX model that tract, onnxruntime and Netron read.
//!
//! The model computes what the layer table counts, on weights that are drawn and not learnt: good for times, sizes and
//! energy, useless for predictions. Tensors are in NCHW or batch × tokens × channels, the batch being 1. The input is
//! called [`INPUT`], the output [`OUTPUT`], and every other tensor that a layer hands on is called like the layer; what
//! lies within a layer has the layer's name before a slash.

mod layer;
mod weights;
mod writer;

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, OperatorSetIdProto};

use crate::zoo::{Network, Node};

use writer::{Writer, value_info};

/// Name of the graph's input.
pub const INPUT: &str = "image";
/// Name of the graph's output.
pub const OUTPUT: &str = "logits";
/// Version of ONNX's operators: the first that has layer normalisation.
pub const OPSET: i64 = 17;
/// Version of ONNX's file format that came with [`OPSET`].
const IR_VERSION: i64 = 8;

/// The ONNX model of a network; `None` if the network is a table and no more, or takes an image for a sequence of
/// tokens without embedding it, which no built-in one does.
///
/// The same network gives the same bytes on every machine.
#[must_use]
pub fn export(network: &Network) -> Option<ModelProto> {
    let graph = graph(&network.name, network.nodes())?;
    Some(ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: "carbonedge".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: "Weights are drawn, not learnt: for times, sizes and energy, not for predictions.".to_owned(),
        graph: Some(graph),
        ..ModelProto::default()
    })
}

/// The bytes of the `.onnx` file of a network; `None` as for [`export`].
#[must_use]
pub fn encode(network: &Network) -> Option<Vec<u8>> {
    export(network).map(|model| model.encode_to_vec())
}

/// A tensor of the ONNX graph.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    dims: Vec<usize>,
}

fn graph(name: &str, nodes: &[Node]) -> Option<GraphProto> {
    let mut writer = Writer::default();
    let mut values: Vec<Value> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let out = match index {
            0 => INPUT,
            last if last + 1 == nodes.len() => OUTPUT,
            _ => &node.name,
        };
        let reads: Vec<&Value> = node.reads.iter().map(|&read| &values[read]).collect();
        if !layer::fits(&node.op, &reads) {
            return None;
        }
        // Variance grows by what an activation after the layer will take away (He et al. 2015, section 2.2).
        let bends = nodes.get(index + 1).is_some_and(|next| layer::bends(&next.op) && next.reads == [index]);
        let last = index + 1 == nodes.len();
        let dims = layer::Call { node, reads: &reads, out, bends, last }.write(&mut writer);
        values.push(Value { name: out.to_owned(), dims });
    }
    let info = |values: &[Value]| values.iter().map(|value| value_info(&value.name, &value.dims)).collect();
    let [input, inner @ .., output] = values.as_slice() else { return None };
    Some(GraphProto {
        name: name.to_owned(),
        input: info(std::slice::from_ref(input)),
        output: info(std::slice::from_ref(output)),
        value_info: info(inner),
        node: writer.nodes,
        initializer: writer.initializers,
        ..GraphProto::default()
    })
}
