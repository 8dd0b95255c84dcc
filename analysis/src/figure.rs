//! Figures as SVG: curves of one quantity over another.

use plotters::prelude::*;

/// Colours that people with any colour vision tell apart (Okabe and Ito, 2008).
const PALETTE: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Size of a figure [px].
const SIZE: (u32, u32) = (720, 480);

/// A line through points.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// Its points, in order along the line.
    pub points: Vec<(f64, f64)>,
    /// Words beside some of its points, by their place.
    pub labels: Vec<(usize, String)>,
}

/// Curves with the words around them.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it shows.
    pub title: String,
    /// Quantity and unit along the horizontal axis.
    pub x: String,
    /// Quantity and unit along the vertical axis.
    pub y: String,
    /// The curves; points that are not finite are left out.
    pub curves: Vec<Curve>,
}

impl Figure {
    /// The figure as SVG; the same text for the same curves.
    ///
    /// # Errors
    /// If it has no point to draw, or the plotter fails.
    pub fn svg(&self) -> Result<String, String> {
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, SIZE)).map_err(|error| format!("{}: {error}", self.title))?;
        Ok(svg)
    }

    fn draw(&self, backend: SVGBackend) -> Result<(), Box<dyn std::error::Error + '_>> {
        let finite = |point: &&(f64, f64)| point.0.is_finite() && point.1.is_finite();
        let points = || self.curves.iter().flat_map(|curve| &curve.points).filter(finite);
        let (x, y) = (range(points().map(|point| point.0)), range(points().map(|point| point.1)));
        let (x, y) = x.zip(y).ok_or("nothing to draw")?;
        let area = backend.into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(&self.title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(78)
            .build_cartesian_2d(x, y)?;
        chart.configure_mesh().x_desc(&self.x).y_desc(&self.y).label_style(("sans-serif", 13)).draw()?;
        for (curve, colour) in self.curves.iter().zip(PALETTE.iter().cycle()) {
            let kept: Vec<(f64, f64)> = curve.points.iter().filter(finite).copied().collect();
            let line = chart.draw_series(LineSeries::new(kept.iter().copied(), colour.stroke_width(2)))?;
            line.label(&curve.name).legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            chart.draw_series(kept.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
            let known = curve.labels.iter().filter_map(|(k, text)| Some((*curve.points.get(*k)?, text)));
            chart.draw_series(known.filter(|(point, _)| finite(&point)).map(|(point, text)| {
                EmptyElement::at(point)
                    + Text::new(text.clone(), (6, -14), ("sans-serif", 12).into_font().color(colour))
            }))?;
        }
        chart.configure_series_labels().border_style(BLACK).background_style(WHITE.mix(0.85)).draw()?;
        area.present()?;
        Ok(())
    }
}

/// From the least to the greatest with a little room on both sides; `None` without values.
fn range(values: impl Iterator<Item = f64> + Clone) -> Option<std::ops::Range<f64>> {
    let (low, high) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
    let room = if high > low { 0.06 * (high - low) } else { 0.1 * high.abs().max(1e-9) };
    Some(low - room..high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_holds_every_curve_and_no_markup_of_its_words() {
        let points = vec![(1.0, 2.0), (2.0, f64::NAN), (3.0, 4.0)];
        let curve = Curve { name: "a<script>\"".into(), points, labels: vec![(0, "w 0.5".into()), (1, "lost".into())] };
        let figure = Figure { title: "t & t".into(), x: "ms".into(), y: "g".into(), curves: vec![curve] };
        let svg = figure.svg().expect("two points");
        assert!(svg.starts_with("<svg") && svg.contains("w 0.5") && !svg.contains("lost") && !svg.contains("<script>"));
        assert_eq!(svg.matches("<circle").count(), 2);
        assert_eq!(svg, figure.svg().expect("the same"));
    }

    #[test]
    fn a_figure_without_points_is_an_error() {
        let figure = Figure { title: "empty".into(), x: String::new(), y: String::new(), curves: Vec::new() };
        assert_eq!(figure.svg(), Err("empty: nothing to draw".into()));
    }
}
