//! The inputs that networks are timed with: the same ones in every run, in a range that images and tokens have.

use tract_onnx::prelude::{DatumType, IntoTValue, TValue, TVec, Tensor};
use tract_onnx::tract_hir::internal::{TractResult, TypedModel, format_err};

/// SplitMix64's increment and multipliers (Steele, Lea, Flood 2014, <https://doi.org/10.1145/2660193.2660195>).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const MIX: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(MIX[0]);
        let z = (z ^ (z >> 27)).wrapping_mul(MIX[1]);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), exact in single precision.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// One tensor for each input of a network of known shapes.
///
/// Floats are uniform in [0, 1), as scaled images are; bytes take all their values; wider integers are 0 or 1, which
/// every table of tokens has.
///
/// # Errors
/// If an input has a type that is none of these.
pub fn inputs(model: &TypedModel) -> TractResult<TVec<TValue>> {
    let mut random = SplitMix(0);
    let outlets = model.input_outlets()?.iter();
    outlets
        .map(|&outlet| {
            let fact = model.outlet_fact(outlet)?;
            let shape = fact.shape.as_concrete().ok_or_else(|| format_err!("an open shape"))?;
            Ok(tensor(fact.datum_type, shape, &mut random)?.into_tvalue())
        })
        .collect()
}

fn tensor(kind: DatumType, shape: &[usize], random: &mut SplitMix) -> TractResult<Tensor> {
    let volume: usize = shape.iter().product();
    let byte = kind.size_of() == 1 && !kind.is::<bool>();
    let low = if kind.is_signed() { -128.0 } else { 0.0 };
    let mut number = || match random.unit() {
        unit if kind.is_float() => unit,
        unit if byte => (unit * 256.0).floor() + low,
        unit => (unit * 2.0).floor(),
    };
    let numbers: Vec<f32> = (0..volume).map(|_| number()).collect();
    let floats = Tensor::from_shape(shape, &numbers)?;
    Ok(floats.cast_to_dt(kind)?.into_owned())
}
