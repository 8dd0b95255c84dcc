//! The tables of published facts: where a zone lies, what it generated in a year, and who says so.

use std::sync::LazyLock;

use super::demand::Demand;
use super::source::{Mix, SOURCES};
use super::sun::{Mount, Sky};
use super::water::{HydroKind, Inflow};
use super::wind::WindClimate;

const ZONES: &str = include_str!("../../../data/zones-2022.tsv");
const NEIGHBOURS: &str = include_str!("../../../data/neighbours-2022.tsv");
const CITATIONS: &str = include_str!("../../../data/zone-sources.tsv");

/// What is known of a zone; no number here is an intensity.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub name: &'static str,
    pub area: &'static str,
    pub place: Place,
    pub generation: Mix,
    /// Installed wind power [GW], where it is known.
    pub wind_gw: Option<f64>,
    /// Energy from each neighbour [TWh].
    pub imports: Vec<(&'static str, f64)>,
    /// Energy to all neighbours [TWh].
    pub exports_twh: f64,
    pub demand: Demand,
    pub sky: Sky,
    pub mount: Mount,
    pub wind: WindClimate,
    pub hydro: HydroKind,
    pub inflow: Inflow,
    /// Citations of the above.
    pub sources: Vec<&'static str>,
}

/// Where a zone lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Latitude of its main city [degrees].
    pub latitude: f64,
    /// Longitude of its main city [degrees].
    pub longitude: f64,
    /// Standard time there, ahead of UTC [h].
    pub utc_offset_h: f64,
}

/// All zones in the order of the table.
pub(super) static ALL: LazyLock<Vec<Facts>> = LazyLock::new(|| rows(ZONES).map(zone).collect());

static ABROAD: LazyLock<Vec<(&'static str, Mix)>> =
    LazyLock::new(|| rows(NEIGHBOURS).map(|mut cells| (cells.text(), mix(&mut cells))).collect());

impl Facts {
    /// Energy from neighbours [TWh].
    pub(super) fn imports_twh(&self) -> f64 {
        self.imports.iter().map(|(_, energy)| energy).sum()
    }
}

/// What a zone or another neighbour generates.
pub(super) fn generation_of(name: &str) -> Mix {
    let own = ALL.iter().find(|facts| facts.name == name).map(|facts| facts.generation);
    let abroad = || ABROAD.iter().find(|(other, _)| *other == name).map(|(_, mix)| *mix);
    own.or_else(abroad).expect("invariant: every neighbour stands in a table")
}

/// The cells of one row, read from left to right.
struct Cells(std::str::Split<'static, char>);

impl Cells {
    fn text(&mut self) -> &'static str {
        self.0.next().expect("invariant: every row of the tables has every column")
    }

    /// Nothing for an empty cell.
    fn number(&mut self) -> Option<f64> {
        let text = self.text();
        (!text.is_empty()).then(|| text.parse().expect("invariant: the tables hold numbers"))
    }

    fn known(&mut self) -> f64 {
        self.number().expect("invariant: this column is never empty")
    }

    fn class<T>(&mut self, from_name: fn(&str) -> Option<T>) -> T {
        from_name(self.text()).expect("invariant: the tables name classes that exist")
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Cells> {
    table.lines().skip(1).map(|line| Cells(line.split('\t')))
}

fn zone(mut cells: Cells) -> Facts {
    let (name, area) = (cells.text(), cells.text());
    let place = Place { latitude: cells.known(), longitude: cells.known(), utc_offset_h: cells.known() };
    let demand = cells.class(Demand::from_name);
    let (sky, mount) = (cells.class(Sky::from_name), cells.class(Mount::from_name));
    let wind = cells.class(WindClimate::from_name);
    let (hydro, inflow) = (cells.class(HydroKind::from_name), cells.class(Inflow::from_name));
    let generation = mix(&mut cells);
    let wind_gw = cells.number();
    let imports = cells.text().split(';').filter(|text| !text.is_empty()).map(flow).collect();
    let exports_twh = cells.number().unwrap_or(0.0);
    let sources = cells.text().split(' ').map(citation).collect();
    Facts {
        name,
        area,
        place,
        generation,
        wind_gw,
        imports,
        exports_twh,
        demand,
        sky,
        mount,
        wind,
        hydro,
        inflow,
        sources,
    }
}

fn mix(cells: &mut Cells) -> Mix {
    Mix(SOURCES.map(|_| cells.known()))
}

/// A neighbour and the energy from there, such as `DE 16`.
fn flow(text: &'static str) -> (&'static str, f64) {
    let (name, energy) = text.split_once(' ').expect("invariant: a flow is a name and an energy");
    (name, energy.parse().expect("invariant: the energy of a flow is a number"))
}

fn citation(key: &str) -> &'static str {
    let mut rows = CITATIONS.lines().filter_map(|line| line.split_once('\t'));
    rows.find(|(known, _)| *known == key).map(|(_, text)| text).expect("invariant: every key has its citation")
}
