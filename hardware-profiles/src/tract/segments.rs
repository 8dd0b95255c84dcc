//! Carries the times of the optimised network over to the layers: which layer each of its cuts lies behind.
//!
//! Fusion renames, moves and joins operators, so names alone cannot tell. A tensor can: where one tensor crosses the
//! optimised network and one tensor of the same numbers crosses the layers, the work before and behind is the same.

use std::collections::HashMap;

use tract_onnx::prelude::TypedSimplePlan;
use tract_onnx::prelude::{TValue, TVec, Tensor};
use tract_onnx::tract_core::ops::source::TypedSource;
use tract_onnx::tract_core::plan;
use tract_onnx::tract_hir::internal::{TractResult, TypedModel};

use super::measure::Measured;
use super::stats::Estimate;
use super::structure::{self, Structure};
use crate::profile::{LayerRow, OperatorRow, SegmentRow};
use crate::zoo::LayerKind;

/// How far sums over a tensor's numbers may differ, relative to the sum of their sizes: fused operators round
/// differently.
const SAME: f64 = 1e-3;

/// What a tensor holds, whatever the order of its numbers: layouts differ between the two networks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Print {
    numbers: usize,
    sum: f64,
    sizes: f64,
    least: f64,
    most: f64,
}

impl Print {
    fn of(tensor: &Tensor) -> Option<Self> {
        let floats = tensor.cast_to::<f32>().ok()?;
        let view = floats.to_plain_array_view::<f32>().ok()?;
        let empty = Self { numbers: 0, sum: 0.0, sizes: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };
        let print = view.iter().map(|&number| f64::from(number)).fold(empty, |print, number| Self {
            numbers: print.numbers + 1,
            sum: print.sum + number,
            sizes: print.sizes + number.abs(),
            least: print.least.min(number),
            most: print.most.max(number),
        });
        Some(print)
    }

    fn is_like(&self, other: &Self) -> bool {
        let within = |a: f64, b: f64, scale: f64| (a - b).abs() <= SAME * scale;
        let size = self.sizes.max(other.sizes);
        let range = self.most.abs().max(self.least.abs());
        self.numbers == other.numbers
            && within(self.sum, other.sum, size)
            && within(self.sizes, other.sizes, size)
            && within(self.least, other.least, range)
            && within(self.most, other.most, range)
    }
}

/// A cut of the optimised network and the layer that it lies behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Operators of the optimised network before it, in the order in which they run.
    pub after: usize,
    /// Layers before it.
    pub layers: usize,
}

/// Ends of the segments, the last one behind everything.
///
/// # Errors
/// If an operator fails.
pub fn ends(
    layers: &TypedModel, structure: &Structure, optimised: &TypedModel, order: &[usize], inputs: &TVec<TValue>,
) -> TractResult<Vec<End>> {
    let of_layers = prints(layers, inputs)?;
    let of_optimised = prints(optimised, inputs)?;
    let mut ends = Vec::new();
    let mut behind = 0;
    for id in structure::cuts(optimised, order)? {
        let node = optimised.node(id);
        let Some(print) = of_optimised.get(&id).filter(|_| !node.op_is::<TypedSource>()) else { continue };
        let rows = behind..structure.layers.len() - 1;
        let is_same = |&k: &usize| {
            structure.layers[k].cut && of_layers.get(&structure.nodes[k]).is_some_and(|other| other.is_like(print))
        };
        let same: Vec<usize> = rows.filter(is_same).collect();
        if let [first, .., last] = same[..]
            && structure.layers[first + 1..=last].iter().any(|layer| layer.macs > 0.0)
        {
            // Layers compute between tensors that look alike, as where all activations are zero: no telling which it is.
            continue;
        }
        // Of tensors that only change shape, the one whose name survived; else the first, which leaves most behind it.
        let best = same.into_iter().rev().max_by_key(|&k| common(&structure.layers[k].name, &node.name));
        if let (Some(k), Some(place)) = (best, order.iter().position(|&other| other == id)) {
            ends.push(End { after: place + 1, layers: k + 1 });
            behind = k + 1;
        }
    }
    ends.retain(|end| end.after < order.len());
    ends.push(End { after: order.len(), layers: structure.layers.len() });
    Ok(ends)
}

fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count()
}

/// What each operator's crossing tensor holds.
fn prints(model: &TypedModel, inputs: &TVec<TValue>) -> TractResult<HashMap<usize, Print>> {
    let mut prints = HashMap::new();
    let plan = TypedSimplePlan::new(model.clone())?;
    plan.spawn()?.run_plan_with_eval(inputs.clone(), |context, state, node, input| {
        let outputs = plan::eval(context, state, node, input)?;
        if let Some(outlet) = structure::crossing(model, model.node(node.id))
            && let Some(print) = Print::of(&outputs[outlet.slot])
        {
            prints.insert(node.id, print);
        }
        TractResult::Ok(outputs)
    })?;
    Ok(prints)
}

/// The segments between ends, with the times of their operators.
#[must_use]
pub fn segments(
    rows: &[LayerRow], ends: &[End], optimised: &TypedModel, order: &[usize], measured: &Measured, output_bytes: f64,
) -> Vec<SegmentRow> {
    let mut start = End { after: 0, layers: 0 };
    let mut segments = Vec::new();
    for &end in ends {
        let layers = &rows[start.layers..end.layers];
        let mut segment = of_layers(layers);
        let nodes = &measured.kept.nodes[start.after..end.after];
        segment.median_s = nodes.iter().map(|node| node.median).sum();
        segment.mad_s = nodes.iter().map(|node| node.mad * node.mad).sum::<f64>().sqrt();
        segment.operators = operators(optimised, &order[start.after..end.after], nodes);
        if end.layers == rows.len() {
            segment.tensor_bytes = output_bytes;
        }
        segments.push(segment);
        start = end;
    }
    segments
}

/// A segment's figures that its layers tell.
fn of_layers(layers: &[LayerRow]) -> SegmentRow {
    let sum = |amount: fn(&LayerRow) -> f64| layers.iter().map(amount).sum();
    let last = layers.last();
    let depthwise = |row: &LayerRow| if row.kind == LayerKind::Depthwise { row.macs } else { 0.0 };
    SegmentRow {
        end: last.map_or_else(String::new, |row| row.name.clone()),
        operators: Vec::new(),
        dense_macs: layers.iter().map(|row| row.macs - depthwise(row)).sum(),
        depthwise_macs: layers.iter().map(depthwise).sum(),
        input_bytes: sum(|row| row.input_bytes),
        output_bytes: sum(|row| row.activation_bytes),
        weight_bytes: sum(|row| row.weight_bytes),
        median_s: 0.0,
        mad_s: 0.0,
        energy_j: None,
        tensor_bytes: last.map_or(0.0, |row| row.activation_bytes),
    }
}

/// Operators of the engine in order of their first run, alike ones together.
fn operators(model: &TypedModel, nodes: &[usize], times: &[Estimate]) -> Vec<OperatorRow> {
    let mut found: Vec<OperatorRow> = Vec::new();
    for (node, time) in nodes.iter().map(|&id| model.node(id)).zip(times) {
        let name = node.op.name();
        match found.iter_mut().find(|row| row.name == name) {
            Some(row) => {
                row.number += 1;
                row.median_s += time.median;
            }
            None => found.push(OperatorRow { name: name.into_owned(), number: 1, median_s: time.median }),
        }
    }
    found
}

/// The same ends counted in the layers of the zoo, whose names the operators of its networks begin with.
///
/// An end whose layer the zoo does not cut behind is dropped: its segment then reaches to the next one.
#[must_use]
pub fn in_zoo(ends: &[End], engine: &[LayerRow], zoo: &[LayerRow]) -> Vec<End> {
    let mut mapped: Vec<End> = Vec::new();
    for end in ends {
        let layers = if end.layers == engine.len() {
            zoo.len()
        } else {
            match owner(&engine[end.layers - 1].name, zoo) {
                Some(k) if zoo[k].cut => k + 1,
                Some(_) | None => continue,
            }
        };
        // Of two ends within one layer the later one closes it.
        mapped.retain(|earlier| earlier.layers < layers);
        mapped.push(End { after: end.after, layers });
    }
    mapped
}

/// The layer of the zoo whose name, up to a separator, an operator's begins with; the longest of several.
fn owner(name: &str, zoo: &[LayerRow]) -> Option<usize> {
    let owns = |row: &LayerRow| {
        name.strip_prefix(row.name.as_str()).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    (0..zoo.len()).filter(|&k| owns(&zoo[k])).max_by_key(|&k| zoo[k].name.len())
}
