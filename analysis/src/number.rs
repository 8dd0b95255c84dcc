//! Numbers as people read them: grouped digits, sensible precision, units scaled to the size.

use sim_core::units::JOULES_PER_KWH;

/// Shown where there is no figure.
pub const NONE: &str = "–";

/// A whole number with its thousands apart.
#[must_use]
pub fn whole(number: u64) -> String {
    group(&number.to_string())
}

/// A number with `digits` significant digits, thousands apart; in powers of ten below 10⁻⁹ and from 10¹⁵ on.
#[must_use]
pub fn significant(number: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if number == 0.0 {
        return "0".to_owned();
    }
    // Rounded first, so that 9.9996 is seen to have one digit more before its point.
    let rounded = format!("{number:.*e}", digits - 1);
    let exponent = rounded.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    match exponent {
        Some(exponent @ -9..15) => {
            let decimals = (digits as i32 - 1 - exponent).max(0);
            group(&format!("{number:.*}", decimals as usize))
        }
        Some(_) => rounded,
        None => number.to_string(), // infinite or not a number
    }
}

/// A share of one in percent with one decimal; a share that would round to nothing is shown as below 0.1 %.
#[must_use]
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "<0.1 %".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

/// An energy given in joules: mJ, J, kJ, then kWh, MWh, GWh from one kilowatt-hour on.
#[must_use]
pub fn energy(joules: f64) -> String {
    const KWH: f64 = JOULES_PER_KWH;
    const UNITS: &[(f64, &str)] =
        &[(1e6 * KWH, "GWh"), (1e3 * KWH, "MWh"), (KWH, "kWh"), (1e3, "kJ"), (1.0, "J"), (1e-3, "mJ")];
    scaled(joules, UNITS)
}

/// A mass given in grams: µg, mg, g, kg, t, kt.
#[must_use]
pub fn mass(grams: f64) -> String {
    scaled(grams, &[(1e9, "kt"), (1e6, "t"), (1e3, "kg"), (1.0, "g"), (1e-3, "mg"), (1e-6, "µg")])
}

/// Data given in bytes: B, kB, MB, GB.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    scaled(bytes, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")])
}

/// A time given in milliseconds: µs, ms, s, then h from one hour and d from one day on.
#[must_use]
pub fn time(millis: f64) -> String {
    scaled(millis, &[(8.64e7, "d"), (3.6e6, "h"), (1e3, "s"), (1.0, "ms"), (1e-3, "µs")])
}

/// Four significant digits in the largest unit that the number reaches, in the smallest one if it reaches none.
fn scaled(number: f64, units: &[(f64, &str)]) -> String {
    // Nothing is shown in the unit that the number was given in.
    let fits = |(size, _): &&(f64, &str)| if number == 0.0 { *size == 1.0 } else { number.abs() >= *size };
    let (size, unit) = units.iter().find(fits).or(units.last()).expect("invariant: a list of units is not empty");
    format!("{} {unit}", significant(number / size, 4))
}

/// Puts a comma between every three digits before the point.
fn group(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (integer, fraction) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut grouped = String::with_capacity(digits.len() + integer.len() / 3 + 1);
    grouped.push_str(sign);
    for (k, digit) in integer.chars().enumerate() {
        if k > 0 && (integer.len() - k).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_as_many_as_asked_for() {
        let shown = [
            (1_234_567.8, "1,234,568"),
            (9.9996, "10.00"),
            (0.004_123_45, "0.004123"),
            (-1234.0, "-1,234"),
            (0.0, "0"),
            (1.5e-12, "1.500e-12"),
            (1e15, "1.000e15"),
            (f64::INFINITY, "inf"),
        ];
        shown.iter().for_each(|(number, text)| assert_eq!(significant(*number, 4), *text));
        assert_eq!((whole(999), whole(1000), whole(12_345_678)), ("999".into(), "1,000".into(), "12,345,678".into()));
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(energy(5.0), "5.000 J");
        assert_eq!(energy(72_007.0), "72.01 kJ");
        assert_eq!(energy(7.2e6), "2.000 kWh");
        assert_eq!(mass(0.0041), "4.100 mg");
        assert_eq!(mass(2.5e6), "2.500 t");
        assert_eq!(mass(0.0), "0 g");
        assert_eq!(time(0.25), "250.0 µs");
        assert_eq!(time(7.2e6), "2.000 h");
        assert_eq!(time(8.64e7), "1.000 d");
        assert_eq!((percent(0.1234), percent(0.0), percent(1e-6)), ("12.3 %".into(), "0.0 %".into(), "<0.1 %".into()));
    }
}
