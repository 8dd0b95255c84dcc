//! Puts a profile together: structure, times, energies, and what they were measured on.

use tract_onnx::prelude::{DatumType, RunOptions, TValue, TVec, TypedSimplePlan};
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_hir::internal::{DimLike, TractError, TractResult, TypedModel, bail};

use super::energy::{self, EnergyError, Windows};
use super::load::{LoadError, Loaded, chain};
use super::measure::{Measured, Protocol, Runner, measure};
use super::meter::{Meter, Scope};
use super::segments::{self, End};
use super::structure::{Structure, structure};
use super::worker::Stage;
use super::{ENGINE, host, inputs, tidy};
use crate::profile::{Energy, LayerRow, Method, Profile, ProfiledModel, Provenance, Quality, SCHEMA, SegmentRow, ZOO};
use crate::zoo::Network;

/// What is profiled.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its name.
    pub name: &'a str,
    /// Name of its file; none for a network of the zoo.
    pub file: Option<&'a str>,
    /// Its layers, if it is a network of the zoo: the profile then has these and not the engine's.
    pub zoo: Option<&'a Network>,
}

/// How it is profiled, and what the caller alone can know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How it is timed.
    pub protocol: Protocol,
    /// How its energy is metered.
    pub windows: Windows,
    /// Power above idle while it runs [W] with its source, for a machine without a meter.
    pub power: Option<(f64, String)>,
    /// The device class that this machine stands for.
    pub device_class: Option<String>,
    /// Version of this program.
    pub carbonedge: String,
    /// Now, in UTC (RFC 3339).
    pub date: String,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfilingError {
    /// The file is no network that can be profiled.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It loads, but does not run.
    #[error("the inference engine cannot run it: {0}")]
    Engine(String),
    /// This build is not optimised.
    #[error(
        "this is a debug build, whose times mean nothing; measure with `cargo run --release --features tract -- profile …`"
    )]
    DebugBuild,
    /// The meter failed.
    #[error(transparent)]
    Energy(#[from] EnergyError),
}

impl From<TractError> for ProfilingError {
    fn from(error: TractError) -> Self {
        Self::Engine(chain(&error))
    }
}

/// Lists the layers of a network and runs it once, so that it is known to run; measures nothing.
///
/// # Errors
/// If it does not run, or computes numbers that are not finite.
pub fn check(loaded: &Loaded, watch: &mut dyn FnMut(Stage)) -> Result<Structure, ProfilingError> {
    let structure = structure(loaded)?;
    watch(Stage::Optimising);
    let plan = TypedSimplePlan::new_with_options(loaded.network.clone().into_optimized()?, &RunOptions::default())?;
    watch(Stage::Running);
    let mut runner = Runner::new(&plan, inputs::inputs(&loaded.network)?, false)?;
    finite(&runner.run()?)?;
    Ok(structure)
}

/// Profiles a network on this machine.
///
/// # Errors
/// If this build is not optimised, the network does not run or computes numbers that are not finite, or the meter fails.
pub fn profile(
    loaded: &Loaded, subject: Subject, settings: &Settings, meter: Option<&mut dyn Meter>, watch: &mut dyn FnMut(Stage),
) -> Result<Profile, ProfilingError> {
    let protocol = &settings.protocol;
    if cfg!(debug_assertions) && !protocol.allow_debug {
        return Err(ProfilingError::DebugBuild);
    }
    let structure = structure(loaded)?;
    watch(Stage::Optimising);
    let optimised = loaded.network.clone().into_optimized()?;
    let plan = TypedSimplePlan::new_with_options(optimised, &RunOptions::default())?;
    let given = inputs::inputs(&loaded.network)?;
    watch(Stage::Running);
    let mut runner = Runner::new(&plan, given.clone(), protocol.cold)?;
    finite(&runner.run()?)?;
    let ends = segments::ends(&loaded.network, &structure, plan.model(), runner.order(), &given)?;
    let measured = measure(&mut runner, protocol, &mut |done| watch(Stage::Round { done, of: protocol.rounds }))?;
    let rows = subject.zoo.map_or_else(|| structure.layers.clone(), rows);
    let ends =
        Ends { of_rows: subject.zoo.map(|_| segments::in_zoo(&ends, &structure.layers, &rows)), of_engine: ends };
    let mut segments =
        segments::segments(&rows, ends.rows(), plan.model(), runner.order(), &measured, structure.output_bytes);
    let energy = match meter {
        Some(meter) => {
            watch(Stage::Metering);
            metered(meter, settings, &loaded.network, &structure, &ends, &mut segments)?
        }
        None => modelled(settings.power.as_ref(), &mut segments),
    };
    let peak_activation_bytes = peak(plan.model())?;
    let method = method(settings, &measured);
    let quality = quality(&measured);
    let model = model(subject, &structure, &rows);
    let mut profile = Profile {
        schema: SCHEMA.to_owned(),
        model,
        host: host::host(),
        device_class: settings.device_class.clone(),
        method,
        quality,
        energy,
        peak_activation_bytes,
        layers: rows,
        segments,
    };
    tidy::tidy(&mut profile);
    Ok(profile)
}

/// Where segments end, in the engine's layers and in the zoo's where those are what the profile has.
struct Ends {
    of_engine: Vec<End>,
    of_rows: Option<Vec<End>>,
}

impl Ends {
    fn rows(&self) -> &[End] {
        self.of_rows.as_deref().unwrap_or(&self.of_engine)
    }

    /// The engine's, of those only that the profile has.
    fn engine(&self) -> Vec<End> {
        let kept = |end: &&End| self.rows().iter().any(|row| row.after == end.after);
        self.of_engine.iter().filter(kept).copied().collect()
    }
}

fn model(subject: Subject, structure: &Structure, rows: &[LayerRow]) -> ProfiledModel {
    let parameters = subject.zoo.map_or(structure.parameters, Network::parameters);
    ProfiledModel {
        name: subject.name.to_owned(),
        source: subject.file.unwrap_or(ZOO).to_owned(),
        inputs: structure.inputs.clone(),
        input_bytes: structure.input_bytes,
        output_bytes: structure.output_bytes,
        macs: rows.iter().map(|row| row.macs).sum(),
        parameters,
    }
}

/// The layers of a network of the zoo as rows of a profile.
fn rows(network: &Network) -> Vec<LayerRow> {
    let row = |(k, layer): (usize, &crate::zoo::Layer)| LayerRow {
        name: layer.name.clone(),
        kind: layer.kind,
        macs: layer.macs.0,
        weight_bytes: layer.weights.0,
        input_bytes: layer.input.0,
        activation_bytes: layer.activation.0,
        cut: network.cuts().contains(&(k + 1)),
    };
    network.layers().iter().enumerate().map(row).collect()
}

fn method(settings: &Settings, measured: &Measured) -> Method {
    Method {
        carbonedge: settings.carbonedge.clone(),
        engine: ENGINE.to_owned(),
        date: settings.date.clone(),
        threads: 1,
        batch: 1,
        cold: settings.protocol.cold,
        warm_ups: settings.protocol.warm_ups.max(1),
        rounds: measured.rounds,
        iterations: measured.iterations,
    }
}

fn quality(measured: &Measured) -> Quality {
    Quality {
        whole_s: measured.kept.whole.median,
        whole_mad_s: measured.kept.whole.mad,
        sum_s: measured.kept.sum(),
        deviation: measured.kept.deviation(),
        spread: measured.spread,
        contended: measured.contended,
    }
}

/// Times that a battery's windows are as long as another meter's: ten seconds instead of half a second.
const FOR_BATTERIES: u32 = 20;

/// Energies of the segments by a meter.
fn metered(
    meter: &mut dyn Meter, settings: &Settings, network: &TypedModel, structure: &Structure, ends: &Ends,
    segments: &mut [SegmentRow],
) -> Result<Energy, ProfilingError> {
    let Settings { windows, protocol, .. } = settings;
    let mut ends = ends.engine();
    // A battery's gauge moves every second or slower: it tells the power of the whole network, in long windows.
    let coarse = meter.scope() == Scope::Battery;
    let windows = if coarse { windows.longer(FOR_BATTERIES) } else { *windows };
    if coarse {
        ends.drain(..ends.len().saturating_sub(1));
    }
    let estimates = energy::of_segments(meter, windows, network, structure, &ends)?;
    for (segment, estimate) in segments.iter_mut().zip(estimates.iter().cycle()) {
        // A loop has its caches hot: where times are cold ones, it tells the power only.
        let power_only = coarse || protocol.cold;
        let joules = if power_only { estimate.busy_w * segment.median_s } else { estimate.joules_per_run };
        // A short segment's energy may lie below the noise of the idle windows.
        segment.energy_j = Some(joules.max(0.0));
    }
    let (provenance, how) = match (coarse, protocol.cold) {
        (false, false) => (Provenance::Measured, ""),
        (false, true) => (Provenance::Calibrated, "P·t, P of hot "),
        (true, _) => (Provenance::Calibrated, "P·t, P of the whole network in hot "),
    };
    let joules: f64 = segments.iter().filter_map(|segment| segment.energy_j).sum();
    let seconds: f64 = segments.iter().map(|segment| segment.median_s).sum();
    let idle: Vec<f64> = estimates.iter().map(|estimate| estimate.idle_w).collect();
    Ok(Energy {
        provenance,
        source: format!("{}: {how}loops of {:?}", meter.name(), windows.shortest),
        idle_w: Some(super::stats::median(&idle)),
        busy_w: Some(joules / seconds),
    })
}

/// P·t (Wess et al. 2023: time predicts the energy of a layer to about 10 %, its operations alone to about 100 %).
fn modelled(power: Option<&(f64, String)>, segments: &mut [SegmentRow]) -> Energy {
    for segment in segments.iter_mut() {
        segment.energy_j = power.map(|(watts, _)| watts * segment.median_s);
    }
    Energy {
        provenance: Provenance::Modelled,
        source: power.map_or("no meter and no power known".to_owned(), |(_, source)| format!("P·t, P of {source}")),
        idle_w: None,
        busy_w: power.map(|(watts, _)| *watts),
    }
}

/// Largest sum of activations in memory at one time [B].
fn peak(model: &TypedModel) -> TractResult<f64> {
    let steps = model.eval_tmp_memory_usage(&model.eval_order()?, |node| !node.op_is::<Const>())?;
    let sizes: Result<Vec<usize>, _> = steps.iter().map(|(_, size)| size.to_usize()).collect();
    Ok(sizes?.into_iter().max().unwrap_or(0) as f64)
}

/// Refuses outputs that are not finite: their times may be those of exceptions, and nobody would use them.
fn finite(outputs: &TVec<TValue>) -> TractResult<()> {
    for (k, output) in outputs.iter().enumerate().filter(|(_, output)| output.datum_type().is_float()) {
        let floats = output.cast_to_dt(DatumType::F32)?;
        if floats.to_plain_array_view::<f32>()?.iter().any(|number| !number.is_finite()) {
            bail!("output {k} holds numbers that are not finite, so its times would mean nothing");
        }
    }
    Ok(())
}
