//! From an ONNX file to a network whose every shape is known.

mod shapes;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tract_onnx::Onnx;
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::Framework;
use tract_onnx::tract_hir::internal::{
    InferenceModel, InferenceModelExt, Symbol, TDim, TractError, TractResult, TypedModel, bail,
};

pub use shapes::{InputShape, ShapeError};

/// A network as the engine understands it before any optimisation for this machine.
#[derive(Debug)]
pub struct Loaded {
    /// Decluttered: constants folded, no-ops gone, one operator a layer.
    pub network: TypedModel,
    /// Inputs with their shapes, as in `image=1,3,224,224`.
    pub inputs: Vec<String>,
}

/// Why a file is no network that can be profiled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read, or is no ONNX.
    #[error("it is not a readable ONNX file: {0}")]
    File(String),
    /// The engine lacks operators.
    #[error(
        "the inference engine does not know its {}; \
         export the network with the standard operators of opset 18 or lower", list(.0)
    )]
    Unsupported(BTreeMap<String, usize>),
    /// An input's shape is open or wrong.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Its parts do not fit together, or only do so once data is known.
    #[error("the inference engine cannot make sense of it: {0}{1}")]
    Analysis(String, &'static str),
}

/// `operators FancyOp (2 times), Bar`.
fn list(operators: &BTreeMap<String, usize>) -> String {
    let times = |n: usize| if n > 1 { format!(" ({n} times)") } else { String::new() };
    let named: Vec<_> = operators.iter().map(|(name, &n)| format!("{name}{}", times(n))).collect();
    format!("operator{} {}", if operators.len() > 1 { "s" } else { "" }, named.join(", "))
}

/// Loads an ONNX file, with shapes of inputs where the file leaves them open.
///
/// # Errors
/// If it cannot be read, has operators that the engine lacks, leaves a shape open, or is inconsistent. A malformed file
/// can also crash this process: see the module [`worker`](super::worker).
pub fn load_file(path: &Path, shapes: &[InputShape]) -> Result<Loaded, LoadError> {
    let engine = tract_onnx::onnx();
    let proto = engine.proto_model_for_path(path).map_err(|error| LoadError::File(chain(&error)))?;
    load(&proto, path.parent().and_then(Path::to_str), shapes)
}

/// Loads a network from ONNX; `folder` is where weights in files of their own lie.
///
/// # Errors
/// As [`load_file`].
pub fn load(proto: &ModelProto, folder: Option<&str>, shapes: &[InputShape]) -> Result<Loaded, LoadError> {
    let engine = tract_onnx::onnx();
    let Some(graph) = &proto.graph else {
        return Err(LoadError::File("it holds no network".to_owned()));
    };
    let mut unsupported = BTreeMap::new();
    count_unsupported(&engine, graph, &mut unsupported);
    if !unsupported.is_empty() {
        return Err(LoadError::Unsupported(unsupported));
    }
    // Shapes that the file notes for tensors inside help the analysis, but some exporters note symbols that no input
    // has: those files load without the notes.
    let noted = attempt(&engine, proto, folder, shapes);
    match noted {
        Err(LoadError::Analysis(..)) => {
            let engine = tract_onnx::onnx().with_ignore_value_info(true).with_ignore_output_shapes(true);
            attempt(&engine, proto, folder, shapes).or(noted)
        }
        other => other,
    }
}

fn attempt(
    engine: &Onnx, proto: &ModelProto, folder: Option<&str>, shapes: &[InputShape],
) -> Result<Loaded, LoadError> {
    let mut model = parse(engine, proto, folder).map_err(|error| analysis(&error))?;
    let closed = shapes::close(&model, shapes)?;
    let declutter = |mut model: InferenceModel, known: &HashMap<Symbol, TDim>| -> TractResult<TypedModel> {
        model.set_symbols(known)?;
        model.into_typed()?.into_decluttered()
    };
    let inputs = model.inputs.clone();
    let mut named = Vec::new();
    for (outlet, shape) in inputs.into_iter().zip(&closed.inputs) {
        let fact = model.outlet_fact(outlet).map_err(|error| analysis(&error))?.clone().with_shape(shape);
        model.set_outlet_fact(outlet, fact).map_err(|error| analysis(&error))?;
        let extents: Vec<_> = shape.iter().map(ToString::to_string).collect();
        named.push(format!("{}={}", model.node(outlet.node).name, extents.join(",")));
    }
    let network = declutter(model, &closed.symbols).map_err(|error| analysis(&error))?;
    Ok(Loaded { network, inputs: named })
}

fn parse(engine: &Onnx, proto: &ModelProto, folder: Option<&str>) -> TractResult<InferenceModel> {
    let known: std::collections::HashSet<&str> = names(proto.graph.as_ref());
    if let Some(output) = proto.graph.iter().flat_map(|graph| &graph.output).find(|o| !known.contains(o.name.as_str()))
    {
        // The engine would look it up in a map and panic.
        bail!("no operator makes its output `{}`", output.name);
    }
    let parsed = engine.parse(proto, folder)?;
    if !parsed.unresolved_inputs.is_empty() {
        bail!("nothing makes the tensors {}", parsed.unresolved_inputs.join(", "));
    }
    Ok(parsed.model)
}

/// Every tensor that a graph names as made or given.
fn names(graph: Option<&GraphProto>) -> std::collections::HashSet<&str> {
    let Some(graph) = graph else { return std::collections::HashSet::new() };
    let made = graph.node.iter().flat_map(|node| &node.output).map(String::as_str);
    let given = graph.input.iter().map(|input| input.name.as_str());
    made.chain(given).chain(graph.initializer.iter().map(|tensor| tensor.name.as_str())).collect()
}

fn count_unsupported(engine: &Onnx, graph: &GraphProto, found: &mut BTreeMap<String, usize>) {
    for node in &graph.node {
        if !engine.op_register.0.contains_key(&node.op_type) {
            *found.entry(node.op_type.clone()).or_default() += 1;
        }
        for body in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            count_unsupported(engine, body, found);
        }
    }
}

fn analysis(error: &TractError) -> LoadError {
    let text = chain(error);
    let conditional = |word: &str| matches!(word, "If" | "IfThenElse");
    let hint = if text.split(|c: char| !c.is_alphanumeric()).any(conditional) {
        "; its branches (ONNX `If`) have outputs of different shapes: export it without control flow"
    } else {
        ""
    };
    LoadError::Analysis(text, hint)
}

/// An engine's error with its causes, in one line of bounded length.
pub(super) fn chain(error: &TractError) -> String {
    const LONGEST: usize = 600;
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text,
    }
}
