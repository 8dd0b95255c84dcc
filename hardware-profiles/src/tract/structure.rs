//! The layers of a network as the engine understands it, and where a single tensor crosses.

use std::collections::{HashMap, HashSet};

use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::scan::{InputMapping, Scan};
use tract_onnx::tract_core::ops::source::TypedSource;
use tract_onnx::tract_hir::internal::{DimLike, OutletId, TractResult, TypedFact, TypedModel, TypedNode, format_err};

use super::{kind, load::Loaded};
use crate::profile::LayerRow;
use crate::zoo::cuts_before;

/// What a network is, before anything is timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Structure {
    /// Inputs with their shapes, as in `image=1,3,224,224`.
    pub inputs: Vec<String>,
    /// All inputs [B].
    pub input_bytes: f64,
    /// All outputs [B].
    pub output_bytes: f64,
    /// Number of parameters.
    pub parameters: u64,
    /// Layers in order of computation.
    pub layers: Vec<LayerRow>,
    /// The engine's number of each layer's operator.
    #[serde(skip)]
    pub nodes: Vec<usize>,
}

impl Structure {
    /// Multiply-accumulates of convolutions and matrix products.
    #[must_use]
    pub fn macs(&self) -> f64 {
        self.layers.iter().map(|layer| layer.macs).sum()
    }

    /// Number of places where a single tensor crosses, the end not counted.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.layers.iter().filter(|layer| layer.cut).count().saturating_sub(1)
    }
}

/// Lists the layers of a network.
///
/// # Errors
/// If a shape depends on data, or nothing is left to compute.
pub fn structure(loaded: &Loaded) -> TractResult<Structure> {
    let model = &loaded.network;
    let order = order(model)?;
    let cuts: HashSet<usize> = cuts(model, &order)?.into_iter().collect();
    let mut counted = HashSet::new();
    let mut names = HashSet::new();
    let (mut layers, mut nodes, mut parameters) = (Vec::new(), Vec::new(), 0);
    for &id in order.iter().filter(|&&id| !model.node(id).op_is::<TypedSource>()) {
        let node = model.node(id);
        let weights = weights(model, node, &mut counted)?;
        parameters += weights.numbers;
        layers.push(LayerRow {
            name: unique(&node.name, &mut names),
            kind: kind::kind(model, node),
            macs: kind::macs(model, node)?,
            weight_bytes: weights.bytes as f64,
            input_bytes: read_bytes(model, node)? as f64,
            activation_bytes: handed_on(model, node)? as f64,
            cut: cuts.contains(&id),
        });
        nodes.push(id);
    }
    let last = layers.last_mut().ok_or_else(|| format_err!("its outputs are constant, so there is nothing to run"))?;
    last.cut = true;
    Ok(Structure {
        inputs: loaded.inputs.clone(),
        input_bytes: total(model, model.input_outlets()?)? as f64,
        output_bytes: total(model, model.output_outlets()?)? as f64,
        parameters,
        layers,
        nodes,
    })
}

/// Operators in an order in which they can run, constants left out.
fn order(model: &TypedModel) -> TractResult<Vec<usize>> {
    let mut order = model.eval_order()?;
    order.retain(|&id| !model.node(id).op_is::<Const>());
    Ok(order)
}

/// Operators of an order behind which one transportable tensor is all that is needed, in that order.
///
/// # Errors
/// If the order misses an operator that another of it reads.
pub fn cuts(model: &TypedModel, order: &[usize]) -> TractResult<Vec<usize>> {
    let mut graph = DiGraph::new();
    let mut places = HashMap::new();
    for &id in order {
        let place: NodeIndex = graph.add_node(());
        places.insert(id, place);
        for from in &model.node(id).inputs {
            match places.get(&from.node) {
                Some(&from) => drop(graph.update_edge(from, place, ())),
                None if model.node(from.node).op_is::<Const>() => {}
                None => return Err(format_err!("`{}` runs before what it reads", model.node(id).name)),
            }
        }
    }
    let outputs: Vec<_> = model.output_outlets()?.iter().filter_map(|out| places.get(&out.node).copied()).collect();
    let cuts = cuts_before(&graph, &outputs).into_iter().map(|place| order[place.index()]);
    Ok(cuts.filter(|&id| crossing(model, model.node(id)).is_some()).collect())
}

/// The only tensor that others need of an operator, if it is one that can be sent: the engine packs some for its own
/// kernels.
#[must_use]
pub fn crossing(model: &TypedModel, node: &TypedNode) -> Option<OutletId> {
    let mut used = used(model, node);
    let (only, more) = (used.next()?, used.next());
    (more.is_none() && node.outputs[only.slot].fact.exotic_fact.is_none()).then_some(only)
}

fn used<'a>(model: &'a TypedModel, node: &'a TypedNode) -> impl Iterator<Item = OutletId> + 'a {
    let outlets = (0..node.outputs.len()).map(|slot| OutletId::new(node.id, slot));
    outlets.filter(move |outlet| {
        !node.outputs[outlet.slot].successors.is_empty()
            || model.output_outlets().is_ok_and(|outputs| outputs.contains(outlet))
    })
}

fn bytes(fact: &TypedFact) -> TractResult<usize> {
    let size = fact.mem_size();
    size.to_usize().map_err(|_| format_err!("the size of a tensor ({size} B) depends on the data that is read"))
}

fn total(model: &TypedModel, outlets: &[OutletId]) -> TractResult<usize> {
    outlets.iter().map(|&outlet| bytes(model.outlet_fact(outlet)?)).sum()
}

fn handed_on(model: &TypedModel, node: &TypedNode) -> TractResult<usize> {
    used(model, node).map(|outlet| bytes(&node.outputs[outlet.slot].fact)).sum()
}

/// What a node reads beside constants.
fn read_bytes(model: &TypedModel, node: &TypedNode) -> TractResult<usize> {
    let computed = node.inputs.iter().filter(|from| !model.node(from.node).op_is::<Const>());
    computed.map(|&from| bytes(model.outlet_fact(from)?)).sum()
}

struct Weights {
    bytes: usize,
    numbers: u64,
}

/// The parameters of a node that no earlier one has.
///
/// Integers wider than a byte are indices and shapes; single numbers are what the engine makes of an operator, such as
/// the zero of a ReLU or the divisor of a mean: neither was trained.
fn weights(model: &TypedModel, node: &TypedNode, counted: &mut HashSet<usize>) -> TractResult<Weights> {
    let mut weights = Weights { bytes: 0, numbers: 0 };
    let scan = node.op_as::<Scan>();
    for (slot, from) in node.inputs.iter().enumerate() {
        // What a recurrent layer starts from is zero, unless a file says otherwise: it is no weight either way.
        if scan.is_some_and(|scan| matches!(scan.input_mapping.get(slot), Some(InputMapping::State))) {
            continue;
        }
        let fact = model.outlet_fact(*from)?;
        if model.node(from.node).op_is::<Const>() && is_parameter(fact)? && counted.insert(from.node) {
            weights.bytes += bytes(fact)?;
            weights.numbers += fact.shape.volume().to_i64()?.unsigned_abs();
        }
    }
    // The engine moves what each step of a recurrent layer reads into the step.
    if let Some(scan) = scan {
        let mut within = HashSet::new();
        for step in scan.body.nodes() {
            let of_step = self::weights(&scan.body, step, &mut within)?;
            weights.bytes += of_step.bytes;
            weights.numbers += of_step.numbers;
        }
    }
    Ok(weights)
}

fn is_parameter(fact: &TypedFact) -> TractResult<bool> {
    let kind = fact.datum_type;
    let trained = kind.is_float() || kind.is_quantized() || (kind.size_of() == 1 && !kind.is::<bool>());
    Ok(trained && fact.shape.volume().to_usize()? > 1)
}

/// A name of its own for each layer: that of its operator, with a number where another has it already.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|n| format!("{name}#{n}"));
    let mut free = std::iter::once(name.to_owned()).chain(numbered).filter(|name| !taken.contains(name));
    let name = free.next().expect("invariant: there are more numbers than names");
    taken.insert(name.clone());
    name
}
