//! Distances on the globe with the time that light in fibre takes over them.

use sim_core::units::SimDuration;

/// Length [km].
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct Kilometres(pub f64);

/// A place on the globe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Latitude [degrees], north positive.
    pub latitude: f64,
    /// Longitude [degrees], east positive.
    pub longitude: f64,
}

/// Mean radius R₁ of the Earth [km] (GRS 80: Moritz, Journal of Geodesy 74, 2000).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Speed of light in fibre [km/ms]: 5 µs/km, the planning value of ITU-T G.114 (2003), about two thirds of c.
pub const FIBRE_KM_PER_MS: f64 = 200.0;

/// The great-circle distance between two places (haversine: Sinnott, Sky & Telescope 68, 1984).
#[must_use]
pub fn great_circle(a: Place, b: Place) -> Kilometres {
    let (lat_a, lat_b) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.longitude - a.longitude).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    Kilometres(2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin())
}

/// How much longer than the great circle a fibre route is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Route {
    /// The rule of ITU-T G.826 for terrestrial routes: 1.5 times below 1000 km, 1500 km up to 1200 km, then 1.25 times.
    #[default]
    Itu,
    /// A constant factor.
    Factor(f64),
}

impl Route {
    /// The length of the route over a great-circle distance.
    #[must_use]
    pub fn length(self, distance: Kilometres) -> Kilometres {
        Kilometres(match self {
            Self::Factor(factor) => distance.0 * factor,
            Self::Itu if distance.0 < 1000.0 => distance.0 * 1.5,
            Self::Itu if distance.0 < 1200.0 => 1500.0,
            Self::Itu => distance.0 * 1.25,
        })
    }
}

/// The one-way propagation time between two places, without any equipment on the way.
#[must_use]
pub fn propagation(a: Place, b: Place, route: Route) -> SimDuration {
    SimDuration::from_millis(route.length(great_circle(a, b)).0 / FIBRE_KM_PER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Place = Place { latitude: 48.8566, longitude: 2.3522 };
    const LONDON: Place = Place { latitude: 51.5074, longitude: -0.1278 };

    #[test]
    fn great_circles_have_their_known_lengths() {
        let (pole, equator) = (Place { latitude: 90.0, longitude: 0.0 }, Place { latitude: 0.0, longitude: 123.0 });
        // A quarter of a great circle is πR/2.
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_KM;
        assert!((great_circle(pole, equator).0 - quarter).abs() < 1e-9);
        let antipode = Place { latitude: 0.0, longitude: -57.0 };
        assert!((great_circle(equator, antipode).0 - 2.0 * quarter).abs() < 1e-6);
        // Spherical law of cosines by hand: 343.56 km.
        assert!((great_circle(PARIS, LONDON).0 - 343.56).abs() < 0.05);
    }

    #[test]
    fn paris_to_london_takes_two_and_a_half_milliseconds_of_fibre() {
        let millis = propagation(PARIS, LONDON, Route::Itu).as_millis();
        assert!((millis - 343.56 * 1.5 / 200.0).abs() < 1e-3, "{millis}");
        assert_eq!(Route::Itu.length(Kilometres(1199.0)), Route::Itu.length(Kilometres(1200.0)));
    }
}
