//! One device class: its figures, and what sim-core needs of it.

use indexmap::IndexMap;
use sim_core::units::{ByteRate, Bytes, Grams, Joules, MacRate, SimDuration, Watts};
use sim_core::world::device::{DeviceClass, Discipline, DynamicPower, LoadModel, PowerModel, WakeUp};

use super::energy::EnergyFigure;
use crate::calibrate::{self, CalibrationError, DEPTHWISE_COST, Fit, Point};
use crate::figure::{Figure, FigureRow, Kind};
use crate::quantity::Unit;
use crate::zoo::{self, Network};

/// Number format of weights and activations while a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Single precision, 4 bytes.
    F32,
    /// Half precision, 2 bytes.
    F16,
    /// Quantised, 1 byte.
    Int8,
}

impl Precision {
    /// Every format with its name in files, the widest first.
    pub const NAMES: [(&'static str, Self); 3] = [("f32", Self::F32), ("f16", Self::F16), ("int8", Self::Int8)];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        }
    }

    /// Bytes of a number over those of single precision.
    #[must_use]
    pub const fn width(self) -> f64 {
        match self {
            Self::F32 => 1.0,
            Self::F16 => 0.5,
            Self::Int8 => 0.25,
        }
    }
}

/// A field of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Its name in the file.
    pub name: &'static str,
    /// What its figure must be.
    pub kind: Kind,
    /// Whether a class must give a value.
    pub required: bool,
    /// What it means, and what holds without it.
    pub meaning: &'static str,
}

const fn field(name: &'static str, kind: Kind, meaning: &'static str) -> Field {
    Field { name, kind, required: false, meaning }
}

const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Field {
    Field { name, kind, required: true, meaning }
}

const POWER: Kind = Kind::Quantity(Unit::Power);
const TIME: Kind = Kind::Quantity(Unit::Time);
const MAC_RATE: Kind = Kind::Quantity(Unit::MacRate);
const BYTE_RATE: Kind = Kind::Quantity(Unit::ByteRate);

/// Every field of a class, in the order of listings.
pub const FIELDS: &[Field] = &[
    required("cores", Kind::Number, "CPU cores that a scheduler may count on"),
    required("slots", Kind::Count, "requests that run at once, each at the rates given here"),
    field("slot_scaling", Kind::Numbers, "speed of each request when 1, 2, … run; without it they do not interfere"),
    required("precision", Kind::Word(&["f32", "f16", "int8"]), "number format that models run in"),
    field("mac_rate_f32", MAC_RATE, "peak rate of a slot in single precision"),
    field("mac_rate_f16", MAC_RATE, "peak rate of a slot in half precision"),
    field("mac_rate_int8", MAC_RATE, "peak rate of a slot with 8-bit integers"),
    field("efficiency", Kind::Number, "share of the peak that one image at a time reaches; without it all of it"),
    field("speedup_f16", Kind::Number, "rate in half over single precision; without it the ratio of the peaks"),
    field(
        "speedup_int8",
        Kind::Number,
        "rate with 8-bit integers over single precision; without it the ratio of the peaks",
    ),
    field("batching", Kind::Word(&["linear", "roofline"]), "how time grows with images at a time; without it linear"),
    field("batch_efficiency", Kind::Number, "share of the peak that large batches reach; without it all of it"),
    field("depthwise_cost", Kind::Number, "dense MACs that a depthwise one is worth; without it 10.4, as on CPUs"),
    field("memory_bandwidth", BYTE_RATE, "rate at which a slot reads and writes memory; without it no limit"),
    field("layer_overhead", TIME, "time of each layer beside its work; without it none"),
    required("memory", Kind::Quantity(Unit::Bytes), "memory for loaded models"),
    field("storage_rate", BYTE_RATE, "rate at which models are read from storage; without it no limit"),
    field("load_overhead", TIME, "time of loading a model beside reading; without it none"),
    field("load_power", POWER, "power above idle while loading; without it that of a busy slot"),
    required("idle_power", POWER, "power awake with nothing to do"),
    required("max_power", POWER, "power with every slot busy"),
    field("power_curve", Kind::Quantities(Unit::Power), "power at equidistant loads from 0 to 1; without it linear"),
    field("declared_power", POWER, "what schedulers believe it draws at work; without it max_power"),
    field("sleep_power", POWER, "power asleep, models kept; without it and wake_time sleeping saves nothing"),
    field("wake_time", TIME, "from sleep to idle"),
    field("off_power", POWER, "power switched off; without it and boot_time switching off saves nothing"),
    field("boot_time", TIME, "from off to idle"),
    field("declared_time", TIME, "what schedulers believe any model takes; without it its cost table's time"),
    field(
        "noise_sigma",
        Kind::Number,
        "σ of the service time's logarithm from run to run; that of the time's provenance, 0.03 to 0.4, where that is more and \
         the time is not known first hand, or without it; 0: every time is exact by declaration",
    ),
    field("embodied", Kind::Quantity(Unit::Mass), "emissions of making one device; unknown without it"),
    field("lifetime", TIME, "use over which embodied emissions are spread; unknown without it"),
];

/// A device class as its file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassEntry {
    /// Its name, as in scenarios.
    pub name: String,
    /// What it stands for, in one line.
    pub summary: String,
    pub(super) figures: IndexMap<&'static str, Figure>,
    pub(super) calibration: IndexMap<String, Figure>,
    pub(super) times: IndexMap<String, Figure>,
    pub(super) energies: IndexMap<String, EnergyFigure>,
}

impl ClassEntry {
    /// All its figures, missing ones with their reason included.
    pub fn figures(&self) -> impl Iterator<Item = FigureRow<'_>> {
        let fields = self.figures.iter().map(|(name, figure)| FigureRow::new(*name, figure));
        let listed = |list: &'static str| move |(model, figure)| FigureRow::new(format!("{list}.{model}"), figure);
        let calibration = self.calibration.iter().map(listed("calibration"));
        let energies = self.energies.iter().map(|(model, energy)| (model, &energy.figure)).map(listed("energies"));
        fields.chain(calibration).chain(self.times.iter().map(listed("times"))).chain(energies)
    }

    /// The value of a field in the unit of its kind, if it has one.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<f64> {
        self.figures.get(field).and_then(Figure::number)
    }

    /// Number format that models run in.
    #[must_use]
    pub fn precision(&self) -> Precision {
        match self.text("precision") {
            Some("f16") => Precision::F16,
            Some("int8") => Precision::Int8,
            _ => Precision::F32,
        }
    }

    /// What schedulers believe any model takes, where the class says so.
    #[must_use]
    pub fn declared_time(&self) -> Option<SimDuration> {
        self.number("declared_time").map(SimDuration::from_secs)
    }

    /// Dense MACs that a depthwise one is worth.
    #[must_use]
    pub fn depthwise_cost(&self) -> f64 {
        self.number("depthwise_cost").unwrap_or(DEPTHWISE_COST)
    }

    /// Whether the rate comes from published latencies, which hold the memory's share already.
    #[must_use]
    pub fn is_calibrated(&self) -> bool {
        self.peak(self.precision()).is_none() || !self.calibration.is_empty()
    }

    /// Effective rate of a slot in its precision: from latencies if it has any, else a share of the peak.
    #[must_use]
    pub fn rate(&self) -> MacRate {
        self.parameters().rate
    }

    /// Rate, bandwidth and overhead in its precision: fitted to its latencies if it has any, else those of its data sheet.
    #[must_use]
    pub fn parameters(&self) -> Fit {
        match self.peak(self.precision()) {
            Some(peak) if !self.is_calibrated() => Fit {
                rate: MacRate(peak * self.number("efficiency").unwrap_or(1.0)),
                bandwidth: ByteRate(self.number("memory_bandwidth").unwrap_or(f64::INFINITY)),
                overhead: self.number("layer_overhead").unwrap_or(0.0),
            },
            _ => self.fit().expect("invariant: a class is refused when it has neither a rate nor latencies"),
        }
    }

    /// How much faster arithmetic is in a precision than in the class's own; `None` if nothing tells.
    #[must_use]
    pub fn speedup(&self, precision: Precision) -> Option<f64> {
        let own = self.precision();
        if precision == own {
            return Some(1.0);
        }
        let over_single = |precision: Precision| match precision {
            Precision::F32 => Some(1.0),
            Precision::F16 => self.number("speedup_f16"),
            Precision::Int8 => self.number("speedup_int8"),
        };
        let stated = over_single(precision).zip(over_single(own)).map(|(other, own)| other / own);
        stated.or_else(|| self.peak(precision).zip(self.peak(own)).map(|(other, own)| other / own))
    }

    /// What its latencies tell: those it is calibrated with, else those of whole models.
    ///
    /// # Errors
    /// If it has none of a built-in network, or if its overhead leaves no time for work.
    pub fn fit(&self) -> Result<Fit, CalibrationError> {
        calibrate::fit(&self.points(), self.number("layer_overhead").unwrap_or(0.0))
    }

    /// The latencies that [`ClassEntry::fit`] fits.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let (cost, width) = (self.depthwise_cost(), self.precision().width());
        self.latencies().map(|(network, seconds)| Point::new(network, cost, width, seconds)).collect()
    }

    /// Built-in networks with their latencies [s] that the class is calibrated with.
    pub fn latencies(&self) -> impl Iterator<Item = (&'static Network, f64)> {
        let latencies = if self.calibration.is_empty() { &self.times } else { &self.calibration };
        latencies.iter().filter_map(|(model, figure)| Some((zoo::by_name(model)?, figure.number()?)))
    }

    /// Whether a batch costs less than its images one by one, as on GPUs and NPUs.
    #[must_use]
    pub fn batches(&self) -> bool {
        self.text("batching") == Some("roofline")
    }

    /// Power of one busy slot above idle.
    #[must_use]
    pub fn slot_power(&self) -> Watts {
        (self.watts("max_power") - self.watts("idle_power")) / f64::from(self.slots())
    }

    /// Power of a busy slot above idle that the published energies of its models tell; `None` if it has none.
    ///
    /// For a model among them its own; for others, or without a name, the P that minimises the sum of squared relative
    /// errors of P · t.
    #[must_use]
    pub fn published_power(&self, model: Option<&str>) -> Option<Watts> {
        let idle = self.watts("idle_power").0;
        let of = |name: &str, energy: &EnergyFigure| {
            let seconds = energy.seconds.or_else(|| self.known_time(name))?;
            Some((energy.above_idle(idle, seconds)?, seconds))
        };
        let own = model.and_then(|model| of(model, self.energies.get(model)?));
        if let Some((joules, seconds)) = own {
            return Some(Watts(joules / seconds));
        }
        let (mut linear, mut square) = (0.0, 0.0);
        for (joules, seconds) in self.energies.iter().filter_map(|(name, energy)| of(name, energy)) {
            linear += seconds / joules;
            square += (seconds / joules).powi(2);
        }
        (square > 0.0).then(|| Watts(linear / square))
    }

    /// Requests that run at once.
    #[must_use]
    pub fn slots(&self) -> u16 {
        self.number("slots").map_or(1, |slots| slots as u16)
    }

    /// The class as sim-core knows it.
    #[must_use]
    pub fn device_class(&self) -> DeviceClass {
        DeviceClass {
            name: self.name.clone(),
            cores: self.number("cores").unwrap_or(1.0),
            slots: self.slots(),
            slot_scaling: self.figures.get("slot_scaling").map_or(Vec::new(), |figure| figure.numbers().to_vec()),
            discipline: Discipline::default(),
            memory: self.memory(),
            power: self.power(),
            declared_power: Watts(self.number("declared_power").unwrap_or(self.watts("max_power").0)),
            load: self.load(),
            embodied: self.number("embodied").map(Grams),
            lifetime: self.number("lifetime").map(SimDuration::from_secs),
            noise_sigma: self.sigma(self.calibration_source()),
        }
    }

    /// Memory for loaded models.
    #[must_use]
    pub fn memory(&self) -> Bytes {
        Bytes(self.number("memory").unwrap_or(0.0))
    }

    /// A state that nobody has measured, way back included, saves nothing: it draws what idling does.
    fn power(&self) -> PowerModel {
        let (idle, max) = (self.watts("idle_power"), self.watts("max_power"));
        let (sleep, wake) = self.low_state("sleep_power", "wake_time");
        let (off, boot) = self.low_state("off_power", "boot_time");
        let curve = self.figures.get("power_curve").map_or(&[][..], Figure::numbers);
        let dynamic = if curve.is_empty() {
            DynamicPower::Linear
        } else {
            DynamicPower::Table(curve.iter().copied().map(Watts).collect())
        };
        PowerModel { idle, dynamic, max, sleep, off: Watts(off.0.min(sleep.0)), wake, boot, idle_timeout: None }
    }

    /// Power of a low state and the way back, which is charged at maximum power: an upper bound.
    fn low_state(&self, power: &str, time: &str) -> (Watts, WakeUp) {
        match (self.number(power), self.number(time)) {
            (Some(watts), Some(seconds)) => {
                let time = SimDuration::from_secs(seconds);
                (Watts(watts), WakeUp { time, energy: self.watts("max_power") * time })
            }
            _ => (self.watts("idle_power"), WakeUp { time: SimDuration::ZERO, energy: Joules::ZERO }),
        }
    }

    fn load(&self) -> LoadModel {
        LoadModel {
            rate: ByteRate(self.number("storage_rate").unwrap_or(f64::INFINITY)),
            overhead: self.number("load_overhead").map_or(SimDuration::ZERO, SimDuration::from_secs),
            power: self.number("load_power").map_or(self.slot_power(), Watts),
        }
    }

    /// Peak rate of a slot in a precision [MAC/s], where a source states it.
    #[must_use]
    pub fn peak(&self, precision: Precision) -> Option<f64> {
        match precision {
            Precision::F32 => self.number("mac_rate_f32"),
            Precision::F16 => self.number("mac_rate_f16"),
            Precision::Int8 => self.number("mac_rate_int8"),
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.figures.get(field).and_then(|figure| figure.text.as_deref())
    }

    /// A required power; zero for a class that was refused for lacking it.
    fn watts(&self, field: &str) -> Watts {
        Watts(self.number(field).unwrap_or(0.0))
    }
}
