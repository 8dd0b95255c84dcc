//! What an operator of the engine is as a layer, and its multiply-accumulates.

use tract_onnx::tract_core::ops::cnn::{Conv, Deconv};
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::scan::Scan;
use tract_onnx::tract_hir::internal::{Cost, TractResult, TypedFact, TypedModel, TypedNode, TypedOp};

use crate::zoo::LayerKind;

/// What a node of a decluttered network does.
pub fn kind(model: &TypedModel, node: &TypedNode) -> LayerKind {
    let constant = |slot: usize| node.inputs.get(slot).is_some_and(|from| model.node(from.node).op_is::<Const>());
    if let Some(conv) = node.op_as::<Conv>() {
        let depthwise = conv.group > 1 && conv.group == conv.input_channels();
        return if depthwise { LayerKind::Depthwise } else { LayerKind::Convolution };
    }
    if node.op_is::<EinSum>() {
        return match (constant(0) || constant(1), rank(model, node)) {
            (false, _) => LayerKind::Matmul,
            // The engine makes a product of a pointwise convolution; images keep their four axes.
            (true, Some(4..)) => LayerKind::Convolution,
            (true, Some(_) | None) => LayerKind::Linear,
        };
    }
    if node.op_is::<Deconv>() {
        return LayerKind::Convolution;
    }
    by_name(&node.op.name())
}

fn rank(model: &TypedModel, node: &TypedNode) -> Option<usize> {
    model.node_output_facts(node.id).ok()?.first().map(|fact| fact.rank())
}

/// Of operators that are told by their names.
fn by_name(name: &str) -> LayerKind {
    const MOVES: [&str; 16] = [
        "Gather",
        "Scatter",
        "Concat",
        "Slice",
        "Pad",
        "Cast",
        "Reshape",
        "IntoShape",
        "Axis",
        "Move",
        "Broadcast",
        "Tile",
        "Resize",
        "Upsample",
        "Range",
        "OneHot",
    ];
    let has = |part: &str| name.contains(part);
    match name {
        "Add" | "Sub" | "SubF" => LayerKind::Add,
        "Mul" | "Div" => LayerKind::Multiply,
        // Recurrent layers: their step is a matrix of weights times a vector.
        "Scan" | "GruSeq" => LayerKind::Linear,
        _ if has("Softmax") => LayerKind::Softmax,
        _ if has("Norm") => LayerKind::Normalisation,
        _ if has("Pool") || has("Reduce") => LayerKind::Pool,
        _ if MOVES.iter().any(|part| has(part)) => LayerKind::Gather,
        _ => LayerKind::Activation,
    }
}

/// Multiply-accumulates of a node that is a convolution, a matrix product or a loop of such; zero of any other, as
/// published figures count.
pub fn macs(model: &TypedModel, node: &TypedNode) -> TractResult<f64> {
    let facts = model.node_input_facts(node.id)?;
    if let Some(conv) = node.op_as::<Conv>() {
        return fused(conv, &facts);
    }
    if let Some(product) = node.op_as::<EinSum>() {
        return fused(product, &facts);
    }
    if let Some(deconv) = node.op_as::<Deconv>() {
        return deconvolution(deconv, &facts);
    }
    match node.op_as::<Scan>() {
        Some(scan) => {
            let steps = scan.iteration_count(&facts).and_then(|steps| steps.as_i64()).unwrap_or(1);
            let body: TractResult<f64> = scan.body.nodes().iter().map(|node| macs(&scan.body, node)).sum();
            Ok(steps as f64 * body?)
        }
        None => Ok(0.0),
    }
}

fn fused(op: &dyn TypedOp, facts: &[&TypedFact]) -> TractResult<f64> {
    let costs = op.cost(facts)?;
    let counted = costs.iter().filter(|(cost, _)| matches!(cost, Cost::FMA(_)));
    counted.map(|(_, amount)| Ok(amount.to_i64()? as f64)).sum()
}

/// Every input number meets every weight of its channel once: places × weights, whatever the groups.
fn deconvolution(op: &Deconv, facts: &[&TypedFact]) -> TractResult<f64> {
    let shape = op.pool_spec.data_format.shape(facts[0].shape.as_concrete().unwrap_or_default().to_vec())?;
    let places: usize = shape.hw_dims().iter().product();
    let weights: usize = facts.get(1).and_then(|fact| fact.shape.as_concrete()).unwrap_or_default().iter().product();
    Ok((places * shape.n().copied().unwrap_or(1) * weights) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_by_their_names() {
        for (name, kind) in [
            ("Reduce<Sum>", LayerKind::Pool),
            ("MaxPool", LayerKind::Pool),
            ("LogSoftmax", LayerKind::Softmax),
            ("MultiBroadcastTo", LayerKind::Gather),
            ("RmAxis", LayerKind::Gather),
            ("HardSwish", LayerKind::Activation),
            ("RmsNorm", LayerKind::Normalisation),
            ("Sub", LayerKind::Add),
        ] {
            assert_eq!(by_name(name), kind, "{name}");
        }
    }
}
