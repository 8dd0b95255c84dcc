//! Which columns of a table are generation, and of which fuel, in the words of EIA, ENTSO-E, Electricity Maps,
//! CarbonCast.

use crate::carbon::fault::Fault;
use crate::carbon::sheet::{Sheet, plain};

/// Words of the publishers for the fuels of this program; EIA's codes are those of its hourly grid monitor (EIA-930),
/// ENTSO-E's the production types B01 to B20.
const WORDS: &[(&str, &[&str])] = &[
    ("coal", &["coal", "col", "fossil hard coal", "hard coal"]),
    ("lignite", &["lignite", "fossil brown coal/lignite", "brown coal"]),
    ("peat", &["peat", "fossil peat", "fossil oil shale", "oil shale"]),
    ("gas", &["gas", "ng", "nat_gas", "natural gas", "natural_gas", "fossil gas", "fossil coal-derived gas"]),
    ("oil", &["oil", "fossil oil", "all petroleum products", "petroleum"]),
    ("nuclear", &["nuclear", "nuc"]),
    (
        "hydro",
        &[
            "hydro",
            "wat",
            "hydropower and pumped storage",
            "hydropower excluding pumped storage",
            "hydro run-of-river and poundage",
            "hydro run-of-river and pondage",
            "hydro water reservoir",
        ],
    ),
    ("hydro-storage", &["hydro pumped storage", "pumped storage", "hydro_discharge"]),
    (
        "wind",
        &[
            "wind",
            "wnd",
            "wind onshore",
            "wind with integrated battery storage",
            "wind without integrated battery storage",
        ],
    ),
    ("wind-offshore", &["wind offshore", "wind_offshore"]),
    ("solar", &["solar", "sun", "solar with integrated battery storage", "solar without integrated battery storage"]),
    ("geothermal", &["geothermal", "geo"]),
    ("biomass", &["biomass", "bio"]),
    ("waste", &["waste"]),
    ("marine", &["marine", "tidal"]),
    ("other", &["other", "oth", "other renewable", "other fuel sources"]),
    ("unknown", &["unknown", "unk", "unknown fuel sources"]),
];

/// Columns of generation with their fuels.
///
/// # Errors
/// A column that the publisher calls generation, of a fuel that is not known here.
pub(super) fn columns(sheet: &Sheet) -> Result<Vec<(usize, &'static str)>, Fault> {
    let names: Vec<String> = sheet.header.iter().map(|name| plain(name)).collect();
    let adjusted = |name: &str| names.contains(&format!("{name} (adjusted)"));
    let mut found = Vec::new();
    for (column, name) in names.iter().enumerate() {
        // EIA publishes each fuel as reported and as adjusted; where both stand the adjusted one counts.
        if adjusted(name) || name.ends_with("(imputed)") {
            continue;
        }
        let Some((word, certain)) = word(name) else { continue };
        match fuel(word) {
            Some(fuel) => found.push((column, fuel)),
            // Storage of another kind gives back what was generated before.
            None if word.contains("storage") || word.contains("battery") => {}
            None if certain => {
                return Err(Fault::Unrecognised(format!(
                    "`{}` is generation of no fuel known here",
                    sheet.header[column]
                )));
            }
            None => {}
        }
    }
    Ok(found)
}

/// The publisher's word for the fuel in a column's name, and whether the name says that it is generation.
fn word(name: &str) -> Option<(&str, bool)> {
    let eia = name.strip_prefix("net generation (mw) from ");
    if let Some(fuel) = eia {
        return Some((fuel.strip_suffix(" (adjusted)").unwrap_or(fuel).trim(), true));
    }
    if let Some(fuel) = name.strip_suffix("actual aggregated [mw]") {
        return Some((fuel.trim_end_matches([' ', '-']).trim(), true));
    }
    if name.contains("actual consumption") || name.contains("percent") {
        return None;
    }
    if let Some(fuel) = name.strip_prefix("power_production_") {
        return Some((fuel.strip_suffix("_avg").unwrap_or(fuel), true));
    }
    Some((name, false))
}

fn fuel(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(fuel, _)| *fuel)
}

/// A number whose thousands are parted by commas, as EIA writes it.
pub(super) fn thousands(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut groups = digits.split('.').next()?.split(',');
    let first = groups.next()?;
    let all_digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let parted = all_digits(first) && first.len() <= 3 && groups.all(|group| all_digits(group) && group.len() == 3);
    parted.then(|| text.replace(',', "").parse().ok()).flatten()
}
