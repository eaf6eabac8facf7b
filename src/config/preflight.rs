//! `ChrootPreflight`: what becomes of what the children would not find inside.

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Preflight {
    /// Nothing is tried.
    Off,
    /// What would fail is said.
    #[default]
    Warn,
    /// If requests would fail, nothing is served.
    Strict,
}

impl Preflight {
    /// The words of the directive.
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("off", Self::Off), ("warn", Self::Warn), ("strict", Self::Strict)];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}
