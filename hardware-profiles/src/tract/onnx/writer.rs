//! Collects the nodes and constants of an ONNX graph.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto};

use super::weights::Weights;

/// A graph under construction.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) initializers: Vec<TensorProto>,
    weights: Weights,
}

impl Writer {
    /// Adds an operator with one output.
    pub(super) fn node(&mut self, operator: &str, name: &str, input: &[&str], output: &str, with: Vec<AttributeProto>) {
        self.nodes.push(NodeProto {
            op_type: operator.to_owned(),
            name: name.to_owned(),
            input: input.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: with,
            ..NodeProto::default()
        });
    }

    /// Adds learnt numbers, drawn uniformly from `centre` ± `spread`; hands back their name.
    pub(super) fn parameters(&mut self, name: String, dims: &[usize], centre: f32, spread: f32) -> String {
        let bytes = self.weights.draw(dims.iter().product(), centre, spread).flat_map(f32::to_le_bytes).collect();
        self.constant(name, dims, DataType::Float, bytes)
    }

    /// Adds a number; hands back its name.
    pub(super) fn scalar(&mut self, name: String, value: f32) -> String {
        self.constant(name, &[], DataType::Float, value.to_le_bytes().to_vec())
    }

    /// Adds a row of whole numbers; hands back its name.
    pub(super) fn integers(&mut self, name: String, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len()], DataType::Int64, bytes)
    }

    fn constant(&mut self, name: String, dims: &[usize], data_type: DataType, raw_data: Vec<u8>) -> String {
        self.initializers.push(TensorProto {
            name: name.clone(),
            dims: signed(dims),
            data_type: data_type as i32,
            raw_data,
            ..TensorProto::default()
        });
        name
    }
}

/// An attribute of whole numbers.
pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let (name, r#type) = (name.to_owned(), AttributeType::Ints as i32);
    AttributeProto { name, r#type, ints: signed(values), ..AttributeProto::default() }
}

/// An attribute of one whole number.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    let (name, r#type) = (name.to_owned(), AttributeType::Int as i32);
    AttributeProto { name, r#type, i: value, ..AttributeProto::default() }
}

/// An attribute of one number.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    let (name, r#type) = (name.to_owned(), AttributeType::Float as i32);
    AttributeProto { name, r#type, f: value, ..AttributeProto::default() }
}

/// A tensor's name with its shape, in single precision.
pub(super) fn value_info(name: &str, dims: &[usize]) -> ValueInfoProto {
    let dimension = |size| Dimension { value: Some(dimension::Value::DimValue(size)), denotation: String::new() };
    let shape = TensorShapeProto { dim: signed(dims).into_iter().map(dimension).collect() };
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape: Some(shape) };
    let value = Some(type_proto::Value::TensorType(tensor));
    let r#type = Some(TypeProto { value, denotation: String::new() });
    ValueInfoProto { name: name.to_owned(), r#type, doc_string: String::new() }
}

/// Sizes as ONNX counts them.
pub(super) fn signed(sizes: &[usize]) -> Vec<i64> {
    sizes.iter().map(|&size| i64::try_from(size).unwrap_or(i64::MAX)).collect()
}
