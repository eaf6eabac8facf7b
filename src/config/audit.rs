//! `ChrootAudit`: what becomes of what is found in the jail.

/// What a finding means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Audit {
    /// Nothing is searched.
    Off,
    /// Findings are said.
    #[default]
    Warn,
    /// With a finding, nothing is served.
    Strict,
}

impl Audit {
    /// The words of the directive.
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("off", Self::Off), ("warn", Self::Warn), ("strict", Self::Strict)];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, audit)| *audit == self).map_or("", |(word, _)| word)
    }
}
