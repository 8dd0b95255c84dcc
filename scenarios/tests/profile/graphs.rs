//! Small networks written as ONNX.

use hardware_profiles::tract::Encode;
use hardware_profiles::tract::pb::tensor_shape_proto::{Dimension, dimension};
use hardware_profiles::tract::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, attribute_proto::AttributeType, tensor_proto::DataType, type_proto,
};

pub const FLOAT: i32 = DataType::Float as i32;

/// An extent: a number, or a symbol.
#[derive(Clone, Copy)]
pub enum Extent {
    Of(i64),
    Open(&'static str),
}

pub fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: outputs[0].into(),
        input: inputs.iter().map(ToString::to_string).collect(),
        output: outputs.iter().map(ToString::to_string).collect(),
        ..NodeProto::default()
    }
}

pub fn with_ints(mut node: NodeProto, name: &str, ints: &[i64]) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        r#type: AttributeType::Ints as i32,
        ints: ints.to_vec(),
        ..AttributeProto::default()
    });
    node
}

pub fn with_int(mut node: NodeProto, name: &str, i: i64) -> NodeProto {
    let r#type = AttributeType::Int as i32;
    node.attribute.push(AttributeProto { name: name.into(), r#type, i, ..AttributeProto::default() });
    node
}

pub fn with_graph(mut node: NodeProto, name: &str, graph: GraphProto) -> NodeProto {
    let r#type = AttributeType::Graph as i32;
    node.attribute.push(AttributeProto { name: name.into(), r#type, g: Some(graph), ..AttributeProto::default() });
    node
}

pub fn value(name: &str, kind: i32, shape: &[Extent]) -> ValueInfoProto {
    let extent = |extent: &Extent| Dimension {
        value: Some(match extent {
            Extent::Of(n) => dimension::Value::DimValue(*n),
            Extent::Open(symbol) => dimension::Value::DimParam((*symbol).into()),
        }),
        ..Dimension::default()
    };
    let shape = Some(TensorShapeProto { dim: shape.iter().map(extent).collect() });
    let tensor = type_proto::Tensor { elem_type: kind, shape };
    let r#type = Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() });
    ValueInfoProto { name: name.into(), r#type, ..ValueInfoProto::default() }
}

pub fn floats(name: &str, shape: &[i64]) -> ValueInfoProto {
    value(name, FLOAT, &shape.iter().map(|&n| Extent::Of(n)).collect::<Vec<_>>())
}

/// Weights that differ from each other, around zero.
pub fn weights(name: &str, shape: &[i64]) -> TensorProto {
    let volume = shape.iter().product::<i64>();
    let numbers = (0..volume).map(|k| ((k * 37 + 11) % 101) as f32 / 100.0 - 0.5).collect();
    TensorProto {
        name: name.into(),
        dims: shape.into(),
        data_type: FLOAT,
        float_data: numbers,
        ..TensorProto::default()
    }
}

pub fn integers(name: &str, numbers: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![numbers.len() as i64],
        data_type: DataType::Int64 as i32,
        int64_data: numbers.into(),
        ..TensorProto::default()
    }
}

pub fn graph(
    node: Vec<NodeProto>, input: Vec<ValueInfoProto>, output: Vec<ValueInfoProto>, initializer: Vec<TensorProto>,
) -> GraphProto {
    GraphProto { name: "test".into(), node, input, output, initializer, ..GraphProto::default() }
}

/// The file of a graph.
pub fn file(graph: GraphProto) -> Vec<u8> {
    let opset = OperatorSetIdProto { version: 13, ..OperatorSetIdProto::default() };
    let model = ModelProto { ir_version: 8, opset_import: vec![opset], graph: Some(graph), ..ModelProto::default() };
    model.encode_to_vec()
}

/// Image → convolution → ReLU → depthwise convolution → mean → classifier; the number of images is open.
pub fn chain() -> Vec<u8> {
    let conv = |name: &str, input: &str, weights: &str| {
        with_ints(node("Conv", &[input, weights], &[name]), "pads", &[1, 1, 1, 1])
    };
    let nodes = vec![
        conv("conv", "image", "w1"),
        node("Relu", &["conv"], &["relu"]),
        with_int(conv("depthwise", "relu", "w2"), "group", 8),
        node("GlobalAveragePool", &["depthwise"], &["pool"]),
        node("Flatten", &["pool"], &["flat"]),
        node("Gemm", &["flat", "w3"], &["logits"]),
    ];
    let image = value("image", FLOAT, &[Extent::Open("N"), Extent::Of(3), Extent::Of(16), Extent::Of(16)]);
    let weights = vec![weights("w1", &[8, 3, 3, 3]), weights("w2", &[8, 1, 3, 3]), weights("w3", &[8, 5])];
    file(graph(nodes, vec![image], vec![value("logits", FLOAT, &[Extent::Open("N"), Extent::Of(5)])], weights))
}

/// Two inputs that meet in a sum, which two outputs read: the sum and what follows it alone are cuts.
pub fn waist() -> Vec<u8> {
    let nodes = vec![
        node("MatMul", &["a", "w1"], &["left"]),
        node("MatMul", &["b", "w2"], &["right"]),
        node("Add", &["left", "right"], &["sum"]),
        node("Tanh", &["sum"], &["waist"]),
        node("MatMul", &["waist", "w3"], &["first"]),
        node("Softmax", &["waist"], &["second"]),
    ];
    let weights = vec![weights("w1", &[6, 7]), weights("w2", &[5, 7]), weights("w3", &[7, 3])];
    let inputs = vec![floats("a", &[4, 6]), floats("b", &[4, 5])];
    file(graph(nodes, inputs, vec![floats("first", &[4, 3]), floats("second", &[4, 7])], weights))
}
