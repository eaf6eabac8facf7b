//! `ChrootAllowOutside`: modules whose processes may run outside the jail.

use crate::config::ParsedDirective;
use crate::config::other_directives::module_name;
use crate::messages::{Fault, Place, SettingFault};
use std::ffi::OsStr;

/// Modules whose processes may run outside, each with the place where it is named first.
#[derive(Debug, Default)]
pub(crate) struct AllowOutside(Vec<(String, Place)>);

impl AllowOutside {
    /// Reads all `ChrootAllowOutside` directives; they add up.
    ///
    /// # Errors
    /// Returns an error if a directive has no word, or a word cannot be the name of a module.
    pub(super) fn read<'a>(all: impl Iterator<Item = &'a ParsedDirective>) -> Result<Self, Fault> {
        let mut allowed = Self::default();
        for parsed in all {
            if parsed.words.is_empty() {
                return Err(parsed.wrap_fault(SettingFault::Words(0)));
            }
            let names = parsed.words.iter().map(|word| parse_module_name(parsed, word));
            for name in names.collect::<Result<Vec<_>, _>>()? {
                allowed.add(name, &parsed.place);
            }
        }
        Ok(allowed)
    }

    fn add(&mut self, name: String, place: &Place) {
        if !self.allows(&name) {
            self.0.push((name, place.clone()));
        }
    }

    /// Whether processes of `module`, a name without an ending, may run outside.
    pub(crate) fn allows(&self, module: &str) -> bool {
        self.0.iter().any(|(name, _)| name == module)
    }

    /// Names of the modules.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Parses the name of a module with or without an ending: `mod_wsgi`, `mod_wsgi.c`.
fn parse_module_name(parsed: &ParsedDirective, word: &OsStr) -> Result<String, Fault> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let name = word.to_str().map(module_name);
    match name.filter(|name| !name.is_empty() && name.bytes().all(is_part)) {
        Some(name) => Ok(name.to_owned()),
        None => Err(parsed.wrap_word_fault(word, SettingFault::Unknown(vec!["mod_NAME"]))),
    }
}
