//! The shipped scenarios: a menu, each a file in `scenarios/library`.

/// A shipped scenario.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        /// All shipped scenarios.
        pub const SCENARIOS: &[Shipped] =
            &[$(Shipped { name: $name, text: include_str!(concat!("../library/", $name, ".yaml")) }),*];
    };
}

library!["hello", "paper", "city-day", "split-demo", "trace-week", "world-year", "million-day", "lwa"];

/// The commented scenario that `carbonedge init` writes.
pub const TEMPLATE: &str = include_str!("../library/template.yaml");

/// The shipped scenario of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Shipped> {
    SCENARIOS.iter().find(|shipped| shipped.name == name)
}
