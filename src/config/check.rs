//! `ChrootCheck`: what becomes of a jail whose path others than root can change.

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Check {
    /// It is refused.
    #[default]
    Strict,
    /// It is said, and the server goes on.
    Warn,
}

impl Check {
    /// The words of the directive.
    pub(super) const WORDS: [(&'static str, Self); 2] =
        [("strict", Self::Strict), ("warn", Self::Warn)];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}
