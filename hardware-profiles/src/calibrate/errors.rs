//! How wrong a calibration is: on its own latencies and on a model left out, beside simpler forms.

use super::{CalibrationError, Point, fit, relative_least_squares};

/// Relative errors taken together, dimensionless.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Number of latencies.
    pub n: usize,
    /// Mean of the absolute values.
    pub mean: f64,
    /// Largest absolute value.
    pub worst: f64,
}

impl Errors {
    /// Of signed relative errors; `None` if there are none.
    #[must_use]
    pub fn of(errors: &[f64]) -> Option<Self> {
        let n = errors.len();
        let mean = errors.iter().map(|error| error.abs()).sum::<f64>() / n as f64;
        (n > 0).then(|| Self { n, mean, worst: errors.iter().map(|error| error.abs()).fold(0.0, f64::max) })
    }
}

/// The errors of a fit on the latencies it was made from.
///
/// # Errors
/// As [`fit`].
pub fn in_sample(points: &[Point], overhead: f64) -> Result<Vec<f64>, CalibrationError> {
    let fit = fit(points, overhead)?;
    Ok(points.iter().map(|point| fit.error(point)).collect())
}

/// The error on each latency of a fit to the others; `None` if there are fewer than two, or a fit is impossible.
#[must_use]
pub fn leave_one_out(points: &[Point], overhead: f64) -> Option<Vec<f64>> {
    left_out(points, |others, point| Some(fit(others, overhead).ok()?.error(point)))
}

fn left_out(points: &[Point], error: impl Fn(&[Point], &Point) -> Option<f64>) -> Option<Vec<f64>> {
    let of = |k: usize| {
        let others: Vec<Point> = points.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, p)| p.clone()).collect();
        error(&others, &points[k])
    };
    if points.len() < 2 { None } else { (0..points.len()).map(of).collect() }
}

/// A simpler form that time could follow, fitted in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simpler {
    /// t = a · MACs, whatever their kind.
    Macs,
    /// t = a · MACs + b · bytes.
    MacsAndBytes,
    /// t = a · MACs + c · layers.
    MacsAndLayers,
}

impl Simpler {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Macs, Self::MacsAndBytes, Self::MacsAndLayers];

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Macs => "MACs of all kinds alike",
            Self::MacsAndBytes => "MACs of all kinds + bytes",
            Self::MacsAndLayers => "MACs of all kinds + layers",
        }
    }

    fn figures(self) -> &'static [fn(&Point) -> f64] {
        const MACS: fn(&Point) -> f64 = |point| point.sum(|load| load.macs);
        const BYTES: fn(&Point) -> f64 = |point| point.sum(|load| load.bytes);
        const LAYERS: fn(&Point) -> f64 = |point| point.loads.len() as f64;
        match self {
            Self::Macs => &[MACS],
            Self::MacsAndBytes => &[MACS, BYTES],
            Self::MacsAndLayers => &[MACS, LAYERS],
        }
    }

    fn error(self, fitted_to: &[Point], point: &Point) -> f64 {
        let coefficients = relative_least_squares(fitted_to, self.figures());
        let seconds: f64 = self.figures().iter().zip(coefficients).map(|(figure, c)| figure(point) * c).sum();
        seconds / point.seconds - 1.0
    }
}

/// Errors of one form over all devices.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The form.
    pub form: &'static str,
    /// On the latencies it was fitted to.
    pub in_sample: Option<Errors>,
    /// On the model left out; `None` where a device has one latency only.
    pub left_out: Option<Errors>,
}

/// The form of this crate and the simpler ones, each fitted to every device alone, their errors taken together.
///
/// `devices` holds the latencies of each; `overhead` [s] is that of [`fit`] for devices of one or two latencies.
#[must_use]
pub fn compare(devices: &[Vec<Point>], overhead: f64) -> Vec<Row> {
    let ours = Row {
        form: "dense MACs + r · depthwise MACs, overhead",
        in_sample: Errors::of(&pooled(devices, |points| in_sample(points, overhead).ok())),
        left_out: Errors::of(&pooled(devices, |points| leave_one_out(points, overhead))),
    };
    let simpler = |form: Simpler| {
        let fitted = |points: &[Point]| Some(points.iter().map(|point| form.error(points, point)).collect());
        let left = |points: &[Point]| left_out(points, |others, point| Some(form.error(others, point)));
        Row {
            form: form.name(),
            in_sample: Errors::of(&pooled(devices, fitted)),
            left_out: Errors::of(&pooled(devices, left)),
        }
    };
    std::iter::once(ours).chain(Simpler::ALL.map(simpler)).collect()
}

fn pooled(devices: &[Vec<Point>], errors: impl Fn(&[Point]) -> Option<Vec<f64>>) -> Vec<f64> {
    devices.iter().filter_map(|points| errors(points)).flatten().collect()
}
