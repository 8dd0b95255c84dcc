//! Shapes of inputs that a file leaves open: the batch is 1, the rest must be given.

use std::collections::HashMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tract_onnx::tract_hir::infer::{Factoid, GenericFactoid};
use tract_onnx::tract_hir::internal::{InferenceFact, InferenceModel, Symbol, TDim};

/// The shape of one input, as `--shapes image=1,3,640,640` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputShape {
    /// The input's name.
    pub name: String,
    /// Its extents.
    pub extents: Vec<usize>,
}

impl FromStr for InputShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no shape; write an input's name and its extents: image=1,3,640,640");
        // Names may hold `=`, extents do not.
        let (name, extents) = text.rsplit_once('=').ok_or_else(wrong)?;
        let extents: Result<Vec<usize>, _> = extents.split(',').map(|extent| extent.trim().parse()).collect();
        let extents = extents.map_err(|_| wrong())?;
        if name.is_empty() || extents.contains(&0) {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), extents })
    }
}

/// Why the shapes of inputs are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The file leaves an extent open.
    #[error("input `{name}` has the open shape {shape}; give it: --shapes {example}")]
    Open {
        /// The input.
        name: String,
        /// Its shape, with `?` or a symbol for what is open.
        shape: String,
        /// How to give one.
        example: String,
    },
    /// A shape of another number of extents than the file's, or two extents where the file has one symbol.
    #[error("--shapes {name}={given} does not fit the file, where it is {shape}")]
    Contradiction {
        /// The input.
        name: String,
        /// What was given.
        given: String,
        /// What the file says.
        shape: String,
    },
    /// A name that no input has.
    #[error("--shapes {name}=…: there is no input of that name; inputs are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
}

/// Inputs with shapes that are all known, and what the file's symbols stand for.
#[derive(Debug)]
pub(super) struct Closed {
    pub inputs: Vec<Vec<usize>>,
    pub symbols: HashMap<Symbol, TDim>,
}

/// The shapes of all inputs: as given, as the file says, and 1 for an open first axis.
pub(super) fn close(model: &InferenceModel, given: &[InputShape]) -> Result<Closed, ShapeError> {
    let inputs: Vec<(&str, &InferenceFact)> = model
        .inputs
        .iter()
        .map(|outlet| (model.node(outlet.node).name.as_str(), &model.node(outlet.node).outputs[outlet.slot].fact))
        .collect();
    if let Some(stray) = given.iter().find(|shape| inputs.iter().all(|(name, _)| *name != shape.name)) {
        let known = inputs.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(ShapeError::Unknown { name: stray.name.clone(), known });
    }
    let mut symbols = HashMap::new();
    for (name, fact) in &inputs {
        if let Some(shape) = given.iter().find(|shape| shape.name == *name) {
            take(name, fact, shape, &mut symbols)?;
        }
    }
    for (name, fact) in &inputs {
        let first = fact.shape.dims().next().and_then(GenericFactoid::concretize);
        if let Some(TDim::Sym(batch)) = first
            && given.iter().all(|shape| shape.name != *name)
        {
            symbols.entry(batch).or_insert(TDim::Val(1));
        }
    }
    let shape = |(name, fact): &(&str, &InferenceFact)| match given.iter().find(|shape| shape.name == *name) {
        Some(shape) => Ok(shape.extents.clone()),
        None => known(name, fact, &symbols),
    };
    let inputs = inputs.iter().map(shape).collect::<Result<_, _>>()?;
    Ok(Closed { inputs, symbols })
}

/// Takes a given shape: its extents are what the symbols of the file stand for.
fn take(
    name: &str, fact: &InferenceFact, given: &InputShape, symbols: &mut HashMap<Symbol, TDim>,
) -> Result<(), ShapeError> {
    let contradiction =
        || ShapeError::Contradiction { name: name.to_owned(), given: joined(&given.extents), shape: show(fact) };
    if !fact.shape.is_open() && fact.shape.dims().count() != given.extents.len() {
        return Err(contradiction());
    }
    for (dim, &extent) in fact.shape.dims().zip(&given.extents) {
        let value = TDim::Val(i64::try_from(extent).map_err(|_| contradiction())?);
        let fits = match dim.concretize() {
            Some(TDim::Sym(symbol)) => symbols.entry(symbol).or_insert_with(|| value.clone()) == &value,
            // A number may be another image size that the network takes as well: its operators will tell.
            Some(_) | None => true,
        };
        if !fits {
            return Err(contradiction());
        }
    }
    Ok(())
}

/// The shape of an input that nobody gave.
fn known(name: &str, fact: &InferenceFact, symbols: &HashMap<Symbol, TDim>) -> Result<Vec<usize>, ShapeError> {
    let extent = |(axis, dim): (usize, &GenericFactoid<TDim>)| match dim.concretize() {
        Some(dim) => dim.substitute_all(symbols).ok()?.as_i64().and_then(|extent| usize::try_from(extent).ok()),
        None if axis == 0 => Some(1),
        None => None,
    };
    let extents: Option<Vec<usize>> = fact.shape.dims().enumerate().map(extent).collect();
    match extents {
        Some(extents) if !fact.shape.is_open() => Ok(extents),
        _ => {
            let example = fact.shape.dims().enumerate().map(|dim| extent(dim).map_or("N".into(), |n| n.to_string()));
            let example = format!("{name}={}", example.collect::<Vec<_>>().join(","));
            Err(ShapeError::Open { name: name.to_owned(), shape: show(fact), example })
        }
    }
}

fn show(fact: &InferenceFact) -> String {
    let dims = fact.shape.dims().map(|dim| dim.concretize().map_or("?".to_owned(), |dim| dim.to_string()));
    let open = fact.shape.is_open().then(|| "…".to_owned());
    format!("[{}]", dims.chain(open).collect::<Vec<_>>().join(","))
}

fn joined(extents: &[usize]) -> String {
    extents.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_name_and_extents_of_at_least_one() {
        let shape = InputShape { name: "a=b".into(), extents: vec![1, 3, 640] };
        assert_eq!("a=b=1, 3,640".parse(), Ok(shape));
        for wrong in ["image", "=1,3", "image=", "image=1,-3", "image=1,0,3", "image=99999999999999999999999"] {
            assert!(wrong.parse::<InputShape>().expect_err(wrong).contains("image=1,3,640,640"));
        }
    }
}
