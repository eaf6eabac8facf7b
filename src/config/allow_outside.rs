//! `ChrootAllowOutside`: modules whose processes may run outside the jail.

use crate::config::ParsedDirective;
use crate::config::other_directives::module_name;
use crate::messages::{Fault, Place, SettingFault};
use std::ffi::OsStr;

/// The modules, each with the place where it is written first.
#[derive(Debug, Default)]
pub(crate) struct AllowOutside(Vec<(String, Place)>);

impl AllowOutside {
    /// The modules of all directives together.
    ///
    /// # Errors
    /// No word, or one that is no name of a module.
    pub(super) fn read<'a>(all: impl Iterator<Item = &'a ParsedDirective>) -> Result<Self, Fault> {
        let mut allowed = Self::default();
        for written in all {
            if written.words.is_empty() {
                return Err(written.fault(SettingFault::Words(0)));
            }
            let names = written.words.iter().map(|word| name(written, word));
            for name in names.collect::<Result<Vec<_>, _>>()? {
                allowed.add(name, &written.place);
            }
        }
        Ok(allowed)
    }

    fn add(&mut self, name: String, place: &Place) {
        if !self.allows(&name) {
            self.0.push((name, place.clone()));
        }
    }

    /// Whether the module with that name, without an ending, may.
    pub(crate) fn allows(&self, module: &str) -> bool {
        self.0.iter().any(|(name, _)| name == module)
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// The name of a module, without an ending: `mod_wsgi`, `mod_wsgi.c`.
fn name(written: &ParsedDirective, word: &OsStr) -> Result<String, Fault> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let name = word.to_str().map(module_name);
    match name.filter(|name| !name.is_empty() && name.bytes().all(is_part)) {
        Some(name) => Ok(name.to_owned()),
        None => {
            let why = SettingFault::Unknown(vec!["mod_NAME"]);
            let word = word.to_string_lossy();
            Err(Fault::of(written.directive.name(), word, why).at(&written.place))
        }
    }
}
