//! How well a class knows the times of models: published ones, the roofline's, and the σ of each.

use std::f64::consts::PI;

use super::class::{ClassEntry, Precision};
use crate::calibrate::errors::{self, Errors};
use crate::figure::{Figure, Mark};
use crate::spread::ProfileSource;

impl ClassEntry {
    /// How long a whole model takes [s], by a time of that model that was published for the class in its precision.
    #[must_use]
    pub fn known_time(&self, model: &str) -> Option<f64> {
        self.time_figure(model).and_then(Figure::number)
    }

    /// Whether that time was measured on such a device, and not derived from another one or another size of image.
    #[must_use]
    pub fn knows_time_first_hand(&self, model: &str) -> bool {
        self.time_figure(model).is_some_and(|figure| figure.mark == Some(Mark::Measured))
    }

    fn time_figure(&self, model: &str) -> Option<&Figure> {
        self.times.get(model).or(self.calibration.get(model))
    }

    /// Where the times of models come from that nothing else is known of, in the class's own precision.
    #[must_use]
    pub fn calibration_source(&self) -> ProfileSource {
        match self.is_calibrated() {
            true => ProfileSource::Calibrated { models: self.latencies().count() },
            false => ProfileSource::Datasheet,
        }
    }

    /// The same in any precision: a calibrated rate carried to another one counts as a data sheet's, unless the
    /// speed-up was measured.
    #[must_use]
    pub fn roofline_source(&self, precision: Precision) -> ProfileSource {
        let measured = |field| self.figures.get(field).is_some_and(|figure| figure.mark == Some(Mark::Measured));
        let over_single = |precision| match precision {
            Precision::F32 => true,
            Precision::F16 => measured("speedup_f16"),
            Precision::Int8 => measured("speedup_int8"),
        };
        if precision == self.precision() || (over_single(precision) && over_single(self.precision())) {
            self.calibration_source()
        } else {
            ProfileSource::Datasheet
        }
    }

    /// σ of the logarithm of service times from a source.
    ///
    /// For a time of the model itself that is how it varies from run to run: the class's own σ where it states one, else
    /// the source's. A time of the roofline may be off beside: its σ is the largest of the source's, the class's own and
    /// that of the calibration's errors on the model left out, the last no more than a data sheet's. Those errors are
    /// taken for normal, so their mean absolute value is σ · √(2/π) (Geary 1935). A class whose own σ is 0 declares every
    /// time exact.
    #[must_use]
    pub fn sigma(&self, source: ProfileSource) -> f64 {
        match (self.own_noise_sigma(), source) {
            (Some(own), _) if own <= 0.0 => 0.0,
            (own, ProfileSource::Measured | ProfileSource::Imported) => own.unwrap_or(source.sigma()),
            (own, ProfileSource::Calibrated { models }) => {
                let left_out = if models > 1 { self.sigma_left_out() } else { 0.0 };
                left_out.min(ProfileSource::Datasheet.sigma()).max(source.sigma()).max(own.unwrap_or(0.0))
            }
            (own, ProfileSource::Datasheet) => source.sigma().max(own.unwrap_or(0.0)),
        }
    }

    /// σ of the calibration's errors on the model left out; 0 if there is no way to tell.
    fn sigma_left_out(&self) -> f64 {
        let left_out = errors::leave_one_out(&self.points(), self.number("layer_overhead").unwrap_or(0.0));
        left_out.as_deref().and_then(Errors::of).map_or(0.0, |errors| errors.mean * (PI / 2.0).sqrt())
    }

    /// σ of the service time's logarithm from run to run, where the class states one.
    #[must_use]
    pub fn own_noise_sigma(&self) -> Option<f64> {
        self.number("noise_sigma")
    }
}
