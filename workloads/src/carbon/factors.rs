//! Emission factors by fuel, which make an intensity of a generation mix.

/// A named set of emission factors [g/kWh].
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// Its name, which outputs show.
    pub name: String,
    /// Fuels, in the words of this program, with their factors [g/kWh].
    pub by_fuel: Vec<(String, f64)>,
}
