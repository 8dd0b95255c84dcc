//! Device classes: what each kind of machine can do and draws, with a source for every figure.
//!
//! A class of one's own stands in YAML beside a scenario, in the format of the built-in ones. [`FIELDS`] lists what may
//! be told; a figure that no source states is left out, or is `null` with the reason as its source.
//!
//! ```
//! use hardware_profiles::catalogue::Catalogue;
//!
//! let catalogue = Catalogue::parse(
//!     r#"
//! my-board:
//!   summary: The board on my desk
//!   cores: {value: 4, mark: spec, source: data sheet}
//!   slots: {value: 1, mark: spec, source: one inference at a time}
//!   precision: {value: f32, mark: spec, source: my runtime}
//!   memory: {value: 4 GB, mark: spec, source: data sheet}
//!   idle_power: {value: 2.1 W, mark: measured, source: my wall meter}
//!   max_power: {value: 5.6 W, mark: measured, source: my wall meter}
//!   embodied: {value: null, source: the maker states none}
//!   calibration:
//!     - {model: mobilenet-v2, time: 61 ms, mark: measured, source: my benchmark}
//! "#,
//!     "my-classes.yaml",
//! )
//! .expect("is complete");
//! assert_eq!(catalogue["my-board"].device_class().power.idle.0, 2.1);
//! ```

mod class;
mod energy;
mod known;
mod read;

use std::ops::Index;
use std::sync::LazyLock;

use indexmap::IndexMap;

pub use crate::figure::{CatalogueError, Figure, FigureRow, Kind, Mark};
pub use class::{ClassEntry, FIELDS, Field, Precision};
pub use energy::EnergyFigure;

/// The built-in files, each with its name.
const FILES: [(&str, &str); 5] = [
    ("boards.yaml", include_str!("../catalogue/boards.yaml")),
    ("jetson.yaml", include_str!("../catalogue/jetson.yaml")),
    ("servers.yaml", include_str!("../catalogue/servers.yaml")),
    ("mobile.yaml", include_str!("../catalogue/mobile.yaml")),
    ("carbonedge.yaml", include_str!("../catalogue/carbonedge.yaml")),
];

/// Device classes by name, in the order of their files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// The classes.
    pub classes: IndexMap<String, ClassEntry>,
}

/// The built-in classes.
///
/// # Panics
/// If an embedded file is wrong, which a test rules out.
#[must_use]
pub fn builtin() -> &'static Catalogue {
    static ALL: LazyLock<Catalogue> = LazyLock::new(|| {
        let mut all = Catalogue::default();
        for (file, yaml) in FILES {
            all.extend(Catalogue::parse(yaml, file).unwrap_or_else(|errors| panic!("invariant: {}", lines(&errors))));
        }
        all
    });
    &ALL
}

fn lines(errors: &[CatalogueError]) -> String {
    errors.iter().map(|error| format!("{error}; {}", error.hint)).collect::<Vec<_>>().join("\n")
}

impl Catalogue {
    /// Reads classes in the format of the built-in ones; `file` names the text in errors.
    ///
    /// # Errors
    /// Everything that is wrong with the text, at once.
    pub fn parse(yaml: &str, file: &str) -> Result<Self, Vec<CatalogueError>> {
        read::catalogue(yaml, file)
    }

    /// The class of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ClassEntry> {
        self.classes.get(name)
    }

    /// All names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Adds the classes of another catalogue; one of the same name replaces the old one.
    pub fn extend(&mut self, other: Self) {
        self.classes.extend(other.classes);
    }
}

impl Index<&str> for Catalogue {
    type Output = ClassEntry;
    fn index(&self, name: &str) -> &ClassEntry {
        &self.classes[name]
    }
}

#[cfg(test)]
mod tests {
    use sim_core::units::{ByteRate, Bytes, Grams, Joules, SimDuration, Watts};

    use super::*;

    #[test]
    fn the_catalogue_holds_the_classes_that_scenarios_name() {
        let names = "raspberry-pi-3b-plus raspberry-pi-4 raspberry-pi-5 jetson-nano jetson-tx2 jetson-xavier-nx \
                     jetson-orin-nano jetson-agx-orin coral-dev-board intel-nuc xeon-d-server edge-server-t4 \
                     snapdragon-8-phone cortex-m7-board carbonedge-host carbonedge-high carbonedge-medium \
                     carbonedge-green x86-vm-core pixel-3";
        let catalogue = builtin();
        for name in names.split_whitespace() {
            assert!(catalogue.get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_figure_names_its_source_and_how_it_is_known() {
        for (name, class) in &builtin().classes {
            assert!(class.figures().count() > 15, "{name}");
            for row in class.figures() {
                assert!(row.source.len() > 10, "{name}.{}: `{}`", row.field, row.source);
                assert_eq!(row.value.is_some(), row.mark.is_some(), "{name}.{}", row.field);
                // A derived figure says how.
                assert!(
                    row.mark != Some(Mark::Derived) || row.source.contains(['=', '×', '·']),
                    "{name}.{}",
                    row.field
                );
            }
        }
    }

    #[test]
    fn every_class_is_physically_possible() {
        for (name, class) in &builtin().classes {
            let device = class.device_class();
            let power = &device.power;
            assert!(power.off <= power.sleep && power.sleep <= power.idle && power.idle < power.max, "{name}");
            assert!(device.memory > Bytes::ZERO && device.cores > 0.0 && device.slots > 0, "{name}");
            assert!(class.rate().0 > 0.0, "{name}");
        }
    }

    #[test]
    fn the_papers_containers_are_as_it_describes_them() {
        let catalogue = builtin();
        let green = catalogue["carbonedge-green"].device_class();
        assert_eq!((green.cores, green.slots, green.memory), (0.4, 1, Bytes(512e6)));
        assert_eq!((green.power.idle, green.power.max), (Watts::ZERO, Watts(142.6)));
        assert!((green.declared_power.0 - 5.33 * 0.4).abs() < 1e-9);
        assert_eq!(green.embodied, None);
    }

    #[test]
    fn all_that_is_wrong_with_a_file_is_told_at_once() {
        let yaml = "my-board:
  summary: a board
  cores: {value: 4, mark: spec, source: the data sheet}
  slots: {value: 1, mark: spec, source: one queue}
  idle_power: {value: 2.7, mark: measured, source: my meter}
  max_power: {value: 6 W, mark: measured}
  memroy: {value: 4 GB, mark: spec, source: the data sheet}
";
        let errors = Catalogue::parse(yaml, "mine.yaml").expect_err("it is wrong in five places");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        for part in ["my-board.idle_power: `2.7` is not a power", "my-board.max_power", "my-board.memroy"] {
            assert!(told.iter().any(|line| line.contains(part)), "{part} in {told:#?}");
        }
        let typo = errors.iter().find(|error| error.field == "memroy").expect("is told");
        assert_eq!(typo.hint, "did you mean `memory`?");
    }

    #[test]
    fn energies_say_whether_idle_power_is_in_them_and_how_long_they_took() {
        let board = |row: &str| {
            let yaml = format!(
                "my-board:
  summary: a board
  cores: {{value: 4, mark: spec, source: a test}}
  slots: {{value: 1, mark: spec, source: a test}}
  precision: {{value: f32, mark: spec, source: a test}}
  memory: {{value: 4 GB, mark: spec, source: a test}}
  idle_power: {{value: 2 W, mark: spec, source: a test}}
  max_power: {{value: 6 W, mark: spec, source: a test}}
  calibration: [{{model: resnet-50, time: 1 s, mark: measured, source: a test}}]
  energies: [{row}]
"
            );
            Catalogue::parse(&yaml, "mine.yaml").map_err(|errors| errors[0].to_string())
        };
        let power = |row: &str, model: &str| board(row).map(|all| all["my-board"].published_power(Some(model)));
        // 5 J in the class's own 1 s, of which 2 W · 1 s are idle.
        let gross = "{model: resnet-50, energy: 5 J, of: gross, mark: measured, source: a test}";
        assert_eq!(power(gross, "resnet-50"), Ok(Some(Watts(3.0))));
        let two = "{model: a, energy: 1 J, of: above-idle, time: 1 s, mark: measured, source: x},
                   {model: b, energy: 1 J, of: above-idle, time: 500 ms, mark: measured, source: x}";
        // P = (1 + 0.5)/(1 + 0.25) for others, each one's own for itself.
        assert_eq!(power(two, "mobilenet-v2"), Ok(Some(Watts(1.2))));
        assert_eq!(power(two, "b"), Ok(Some(Watts(2.0))));
        for (row, reason) in [
            ("{model: resnet-50, energy: 1 J, of: gross, mark: measured, source: x}", "less than idling draws"),
            ("{model: vgg, energy: 1 J, of: gross, mark: measured, source: x}", "nothing tells how long it took"),
            ("{model: resnet-50, energy: 1 J, mark: measured, source: x}", "whether idle power is in it"),
            ("{model: resnet-50, energy: 1 W, of: gross, mark: measured, source: x}", "`1 W`"),
            (
                "{model: a, energy: 1 J, of: gross, time: 100 ms, mark: measured, source: x},
              {model: a, energy: 2 J, of: gross, time: 100 ms, mark: measured, source: x}",
                "given twice",
            ),
            ("{energy: 1 J, of: gross, mark: measured, source: x}", "names its model"),
        ] {
            let told = board(row).expect_err(row);
            assert!(told.contains(reason), "no `{reason}` in {told}");
        }
    }

    #[test]
    fn a_calibration_that_misses_the_model_left_out_spreads_wider() {
        use crate::calibrate::errors;
        use crate::spread::ProfileSource;
        let sigma = |class: &str| {
            let class = &builtin()[class];
            class.sigma(class.calibration_source())
        };
        // Four MobileNets on CPUs, met well on one and less well on the other; two small models and a large one on an
        // accelerator with its own memory.
        let usual = ProfileSource::Calibrated { models: 4 }.sigma();
        assert_eq!(sigma("raspberry-pi-3b-plus"), usual);
        let errors = errors::leave_one_out(&builtin()["raspberry-pi-4"].points(), 0.0).expect("four latencies");
        let mean = errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len() as f64;
        // The mean absolute value of a normal error is σ · √(2/π).
        let spread = sigma("raspberry-pi-4");
        assert!(
            spread > usual && (spread * (2.0 / std::f64::consts::PI).sqrt() / mean - 1.0).abs() < 1e-12,
            "{spread}"
        );
        assert_eq!(sigma("coral-dev-board"), ProfileSource::Datasheet.sigma());
        assert!((0.2..0.4).contains(&sigma("pixel-3")), "{}", sigma("pixel-3"));
    }

    #[test]
    fn what_is_stated_reaches_the_device() {
        let field =
            |(name, value): (&str, &str)| format!("  {name}: {{value: '{value}', mark: spec, source: a test}}\n");
        let fields = "cores=4;slots=2;slot_scaling=1, 0.8;precision=f32;memory=4 GB;mac_rate_f32=10 GMAC/s;\
                      storage_rate=45 MB/s;load_overhead=20 ms;load_power=1 W;idle_power=2 W;max_power=6 W;\
                      power_curve=2 W, 5 W, 6 W;declared_power=5 W;sleep_power=1 W;wake_time=2 s;off_power=0.1 W;\
                      boot_time=20 s;noise_sigma=0.5;embodied=50 kg;lifetime=4 y";
        let body: String = fields.split(';').filter_map(|pair| pair.split_once('=')).map(field).collect();
        let catalogue = Catalogue::parse(&format!("board:\n  summary: a board\n{body}"), "mine.yaml");
        let device = catalogue.expect("is complete")["board"].device_class();
        let power = &device.power;
        assert_eq!((power.sleep, power.off), (Watts(1.0), Watts(0.1)));
        assert_eq!((power.wake.energy, power.boot.energy), (Joules(12.0), Joules(120.0)));
        assert_eq!(power.dynamic.above_idle(0.75), Watts(3.5));
        assert_eq!((device.load.rate, device.load.power), (ByteRate(45e6), Watts(1.0)));
        assert_eq!((device.embodied, device.lifetime), (Some(Grams(5e4)), Some(SimDuration::from_hours(4 * 8760))));
        assert_eq!((device.speed(2), device.noise_sigma, device.declared_power), (0.8, 0.5, Watts(5.0)));
    }

    #[test]
    fn what_is_not_known_saves_nothing() {
        let yaml = "my-board:
  summary: a board
  cores: {value: 4, mark: spec, source: the data sheet}
  slots: {value: 2, mark: spec, source: two queues}
  precision: {value: f32, mark: spec, source: the runtime}
  memory: {value: 4 GB, mark: spec, source: the data sheet}
  idle_power: {value: 2 W, mark: measured, source: my meter}
  max_power: {value: 6 W, mark: measured, source: my meter}
  mac_rate_f32: {value: 10 GMAC/s, mark: measured, source: my benchmark}
";
        let catalogue = Catalogue::parse(yaml, "mine.yaml").expect("is complete");
        let device = catalogue["my-board"].device_class();
        assert_eq!((device.power.sleep, device.power.off), (Watts(2.0), Watts(2.0)));
        assert_eq!((device.declared_power, device.load.power), (Watts(6.0), Watts(2.0)));
        assert_eq!((device.embodied, device.lifetime), (None, None));
    }
}
