//! How models were split over devices.

use std::collections::BTreeMap;

use serde::Serialize;
use sim_core::engine::Books;
use sim_core::engine::plan::Segment;
use sim_core::ids::ModelId;
use sim_core::world::World;

use crate::recorder::Recorder;

/// One way in which completed requests for a model were split, devices of one class being one to a reader.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    /// The model.
    pub model: String,
    /// Share of the model's completed requests, 0…1.
    pub share: f64,
    /// Its segments in order.
    pub segments: Vec<SplitSegment>,
}

/// A segment of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, PartialOrd, Ord)]
pub struct SplitSegment {
    /// Class of the device that ran it.
    pub device_class: String,
    /// The cut it started at; 0 is the input.
    pub from_cut: u16,
    /// The cut it ended at.
    pub to_cut: u16,
    /// The layer whose tensor crossed at its end.
    pub to_layer: String,
    /// That tensor, as it travelled [B].
    pub tensor_bytes: u64,
}

/// Every way in which models were split, in order of models and, within one, of the cuts; empty where none was.
pub(super) fn splits(books: &Books, recorder: &Recorder, world: &World) -> Vec<Split> {
    let mut counts: BTreeMap<(ModelId, Vec<SplitSegment>), u64> = BTreeMap::new();
    for (&(model, plan), count) in recorder.splits() {
        let segments = books.split(plan).unwrap_or_default();
        let segments = segments.iter().map(|segment| described(segment, model, world)).collect();
        *counts.entry((model, segments)).or_default() += count;
    }
    let split = |((model, segments), count): ((ModelId, Vec<SplitSegment>), u64)| Split {
        model: world.models[model].name.clone(),
        share: count as f64 / recorder.models()[model].completed().max(1) as f64,
        segments,
    };
    counts.into_iter().map(split).collect()
}

fn described(segment: &Segment, model: ModelId, world: &World) -> SplitSegment {
    let model = &world.models[model];
    let cuts = segment.cuts.unwrap_or_else(|| model.whole());
    let end = &model.cuts[usize::from(cuts.to)];
    SplitSegment {
        device_class: world.class_of(segment.device).name.clone(),
        from_cut: cuts.from,
        to_cut: cuts.to,
        to_layer: end.layer.clone(),
        tensor_bytes: end.tensor.0.round() as u64,
    }
}

/// A plan as one word: `camera[0:12]+box[12:66]`, each segment with its device and cuts.
#[must_use]
pub fn word(segments: &[Segment], model: ModelId, world: &World) -> String {
    let part = |segment: &Segment| {
        let cuts = segment.cuts.unwrap_or_else(|| world.models[model].whole());
        format!("{}[{}:{}]", world.device_name(segment.device), cuts.from, cuts.to)
    };
    segments.iter().map(part).collect::<Vec<_>>().join("+")
}
