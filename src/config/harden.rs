//! `ChrootHarden`: what is taken from the children besides root.

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Harden {
    /// All that this system has and that costs a request nothing.
    #[default]
    Auto,
    /// That and the file rules, or no service.
    Full,
    /// Nothing.
    Off,
}

impl Harden {
    /// The words of the directive.
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("auto", Self::Auto), ("full", Self::Full), ("off", Self::Off)];

    /// As it is written.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Full => "full",
            Self::Off => "off",
        }
    }
}
