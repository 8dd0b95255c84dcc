//! Quantities as text with their unit, such as `6.4 W` or `100 Mbit/s`.

use thiserror::Error;

/// What a text must be an amount of; the doc tells the unit that [`parse`] answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A span of time [s]; a year is 365 days.
    Time,
    /// Power [W].
    Power,
    /// Energy [J].
    Energy,
    /// An amount of data [B].
    Bytes,
    /// Rate of a link [bit/s].
    BitRate,
    /// Rate of a memory or a storage [B/s].
    ByteRate,
    /// Compute rate [MAC/s].
    MacRate,
    /// Work [MAC].
    Macs,
    /// Mass of emitted greenhouse gas [g].
    Mass,
    /// Carbon intensity of electricity [g/kWh]; the only quantity that may be negative (marginal signals are).
    Intensity,
    /// Energy of moving data [kWh/GB], a GB being 10⁹ B.
    NetworkEnergy,
    /// Events over time [1/s].
    Rate,
    /// A share of a whole, dimensionless; `20 %` is 0.2.
    Share,
    /// A distance between places [km].
    Distance,
}

/// Seconds in an hour.
const HOUR: f64 = 3600.0;
/// Seconds in a day.
const DAY: f64 = 24.0 * HOUR;

impl Unit {
    /// Every kind of quantity.
    pub const ALL: [Self; 14] = [
        Self::Time,
        Self::Power,
        Self::Energy,
        Self::Bytes,
        Self::BitRate,
        Self::ByteRate,
        Self::MacRate,
        Self::Macs,
        Self::Mass,
        Self::Intensity,
        Self::NetworkEnergy,
        Self::Rate,
        Self::Share,
        Self::Distance,
    ];

    /// The symbols it is written with, each with its size in the unit that [`parse`] answers in.
    #[must_use]
    pub const fn symbols(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Time => &TIME,
            Self::Power => &[("W", 1.0), ("uW", 1e-6), ("mW", 1e-3), ("kW", 1e3), ("MW", 1e6)],
            Self::Energy => &ENERGY,
            Self::Bytes => &BYTES,
            Self::BitRate => &[("bit/s", 1.0), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9), ("Tbit/s", 1e12)],
            Self::ByteRate => &BYTE_RATE,
            Self::MacRate => &[("MAC/s", 1.0), ("kMAC/s", 1e3), ("MMAC/s", 1e6), ("GMAC/s", 1e9), ("TMAC/s", 1e12)],
            Self::Macs => &[("MAC", 1.0), ("kMAC", 1e3), ("MMAC", 1e6), ("GMAC", 1e9), ("TMAC", 1e12)],
            Self::Mass => &MASS,
            Self::Intensity => &INTENSITY,
            Self::NetworkEnergy => &[("kWh/GB", 1.0), ("Wh/GB", 1e-3), ("J/B", 1e9 / 3.6e6)],
            Self::Rate => &[("/s", 1.0), ("/ms", 1e3), ("/min", 1.0 / 60.0), ("/h", 1.0 / HOUR), ("/d", 1.0 / DAY)],
            Self::Share => &[("%", 0.01)],
            Self::Distance => &[("km", 1.0), ("m", 1e-3), ("mi", 1.609_344)],
        }
    }

    /// What it is called in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "a duration",
            Self::Power => "a power",
            Self::Energy => "an energy",
            Self::Bytes => "an amount of data",
            Self::BitRate => "a rate of a link",
            Self::ByteRate => "a rate of a memory or a storage",
            Self::MacRate => "a compute rate",
            Self::Macs => "an amount of work",
            Self::Mass => "a mass of greenhouse gas",
            Self::Intensity => "a carbon intensity",
            Self::NetworkEnergy => "an energy of moving data",
            Self::Rate => "a rate of events",
            Self::Share => "a share",
            Self::Distance => "a distance",
        }
    }

    /// A text that [`parse`] takes, for hints.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Time => "200 ms",
            Self::Power => "6.4 W",
            Self::Energy => "3 J",
            Self::Bytes => "4 GB",
            Self::BitRate => "100 Mbit/s",
            Self::ByteRate => "25.6 GB/s",
            Self::MacRate => "10 GMAC/s",
            Self::Macs => "300.8 MMAC",
            Self::Mass => "120 kg",
            Self::Intensity => "475 g/kWh",
            Self::NetworkEnergy => "0.04 kWh/GB",
            Self::Rate => "400 /s",
            Self::Share => "20 %",
            Self::Distance => "500 km",
        }
    }

    /// Whether an amount without an end makes sense: an ideal link's rate.
    #[must_use]
    pub const fn may_be_unlimited(self) -> bool {
        matches!(self, Self::BitRate | Self::ByteRate)
    }
}

const TIME: [(&str, f64); 11] = [
    ("s", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6), // the Greek letter, as some keyboards give it
    ("ns", 1e-9),
    ("min", 60.0),
    ("h", HOUR),
    ("d", DAY),
    ("w", 7.0 * DAY),
    ("y", 365.0 * DAY),
];
const ENERGY: [(&str, f64); 9] = [
    ("J", 1.0),
    ("uJ", 1e-6),
    ("mJ", 1e-3),
    ("kJ", 1e3),
    ("MJ", 1e6),
    ("mWh", 3.6),
    ("Wh", 3.6e3),
    ("kWh", 3.6e6),
    ("MWh", 3.6e9),
];
const BYTES: [(&str, f64); 9] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];
const BYTE_RATE: [(&str, f64); 8] = [
    ("B/s", 1.0),
    ("kB/s", 1e3),
    ("MB/s", 1e6),
    ("GB/s", 1e9),
    ("TB/s", 1e12),
    ("KiB/s", 1024.0),
    ("MiB/s", 1_048_576.0),
    ("GiB/s", 1_073_741_824.0),
];
const MASS: [(&str, f64); 8] = [
    ("g", 1.0),
    ("mg", 1e-3),
    ("kg", 1e3),
    ("t", 1e6),
    ("mgCO2e", 1e-3),
    ("gCO2e", 1.0),
    ("kgCO2e", 1e3),
    ("tCO2e", 1e6),
];
const INTENSITY: [(&str, f64); 6] =
    [("g/kWh", 1.0), ("kg/kWh", 1e3), ("kg/MWh", 1.0), ("gCO2e/kWh", 1.0), ("kgCO2e/kWh", 1e3), ("kgCO2e/MWh", 1.0)];

/// A text that is not the quantity it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{given}` is not {}: {fault}", expected.name())]
pub struct QuantityError {
    /// The text as given.
    pub given: String,
    /// What it should have been.
    pub expected: Unit,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a quantity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// A number alone.
    #[error("it has no unit")]
    NoUnit,
    /// No number in front.
    #[error("it does not start with a number")]
    NoNumber,
    /// A unit of something else, or of nothing.
    #[error("it is not measured in `{0}`")]
    WrongUnit(String),
    /// Infinity or not a number.
    #[error("it must be finite")]
    NotFinite,
    /// Less than nothing.
    #[error("it must not be negative")]
    Negative,
}

impl QuantityError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        if let Fault::WrongUnit(symbol) = &self.fault
            && let Some((right, _)) = self.expected.symbols().iter().find(|(s, _)| s.eq_ignore_ascii_case(symbol))
        {
            return format!("did you mean `{right}`?");
        }
        let symbols: Vec<&str> = self.expected.symbols().iter().map(|(symbol, _)| *symbol).collect();
        format!("write a number and its unit, such as `{}` (units: {})", self.expected.example(), symbols.join(", "))
    }
}

/// Reads a quantity and answers in the unit that [`Unit`] names.
///
/// A rate of a link, a memory or a storage may also be `unlimited`.
///
/// # Errors
/// If the text is a bare number, has another unit, is negative or is not finite.
///
/// ```
/// use hardware_profiles::quantity::{Unit, parse};
/// assert_eq!(parse("44 ms", Unit::Time), Ok(0.044));
/// assert!(parse("44", Unit::Time).is_err());
/// ```
pub fn parse(text: &str, unit: Unit) -> Result<f64, QuantityError> {
    let fail = |fault| QuantityError { given: text.to_owned(), expected: unit, fault };
    let trimmed = text.trim();
    if trimmed == "unlimited" && unit.may_be_unlimited() {
        return Ok(f64::INFINITY);
    }
    let (number, symbol) = split(trimmed).ok_or_else(|| fail(Fault::NoNumber))?;
    if symbol.is_empty() {
        return Err(fail(Fault::NoUnit));
    }
    let (_, size) = unit
        .symbols()
        .iter()
        .find(|(known, _)| *known == symbol)
        .ok_or_else(|| fail(Fault::WrongUnit(symbol.to_owned())))?;
    let value = scale(number, *size);
    match value {
        _ if !value.is_finite() => Err(fail(Fault::NotFinite)),
        _ if value < 0.0 && unit != Unit::Intensity => Err(fail(Fault::Negative)),
        _ => Ok(value),
    }
}

/// `number · size`, dividing by a small unit's inverse so that 44 ms is exactly 0.044 s.
fn scale(number: f64, size: f64) -> f64 {
    if size < 1.0 { number / (1.0 / size).round() } else { number * size }
}

/// The number a text starts with and what follows it.
fn split(text: &str) -> Option<(f64, &str)> {
    let longest = text.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(text.len());
    // Shorter until it reads as a number, so that an `e` which starts a unit is not taken for an exponent.
    (1..=longest).rev().find_map(|end| text[..end].parse().ok().map(|number| (number, text[end..].trim_start())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_reads_its_own_example_and_every_symbol() {
        for unit in Unit::ALL {
            assert!(parse(unit.example(), unit).is_ok(), "{unit:?}");
            for (symbol, size) in unit.symbols() {
                let one = parse(&format!("1 {symbol}"), unit).expect(symbol);
                assert!((one / size - 1.0).abs() < 1e-12, "{symbol}: {one}");
            }
        }
    }

    #[test]
    fn a_quantity_becomes_the_base_unit() {
        let cases = [
            ("44 ms", Unit::Time, 0.044),
            ("4 y", Unit::Time, 126_144_000.0),
            ("1e-3s", Unit::Time, 0.001),
            ("2 µs", Unit::Time, 2e-6),
            ("2.5 kWh", Unit::Energy, 9e6),
            ("1 GiB", Unit::Bytes, 1_073_741_824.0),
            ("100 Mbit/s", Unit::BitRate, 1e8),
            ("unlimited", Unit::BitRate, f64::INFINITY),
            ("10.0 GMAC/s", Unit::MacRate, 1e10),
            ("0.5 t", Unit::Mass, 5e5),
            ("-20 g/kWh", Unit::Intensity, -20.0),
            ("30/min", Unit::Rate, 0.5),
            ("20 %", Unit::Share, 0.2),
        ];
        for (text, unit, value) in cases {
            assert_eq!(parse(text, unit), Ok(value), "{text}");
        }
        // 1 kWh/GB is 3.6 MJ over 10⁹ B.
        assert!((parse("0.0036 J/B", Unit::NetworkEnergy).expect("reads") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_bare_number_is_refused_with_an_example() {
        let error = parse("6.4", Unit::Power).expect_err("has no unit");
        assert_eq!(error.to_string(), "`6.4` is not a power: it has no unit");
        assert!(error.hint().contains("`6.4 W`"), "{}", error.hint());
    }

    #[test]
    fn a_unit_in_the_wrong_case_is_corrected() {
        let error = parse("100 mbit/s", Unit::BitRate).expect_err("no such unit");
        assert_eq!(error.fault, Fault::WrongUnit("mbit/s".to_owned()));
        assert_eq!(error.hint(), "did you mean `Mbit/s`?");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let faults = |text, unit| parse(text, unit).map_err(|error| error.fault);
        assert_eq!(faults("-1 s", Unit::Time), Err(Fault::Negative));
        assert_eq!(faults("1e999 s", Unit::Time), Err(Fault::NotFinite));
        assert_eq!(faults("inf s", Unit::Time), Err(Fault::NoNumber));
        assert_eq!(faults("", Unit::Time), Err(Fault::NoNumber));
        assert_eq!(faults("unlimited", Unit::Power), Err(Fault::NoNumber));
        assert_eq!(faults("5 W", Unit::Time), Err(Fault::WrongUnit("W".to_owned())));
    }
}
