//! Paths of the host that a view shows as a whole, for questions about the paths below them.

use crate::view::mounts::outcome::{ProvideOutcome, Provided};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// The real paths that are shown, each with whether it is writable. They have one spelling, so they are compared as text.
/// A question costs a look for each folder above the path, however many paths are shown.
#[derive(Debug, Default)]
pub(crate) struct ShownPaths(BTreeMap<OsString, bool>);

impl ShownPaths {
    /// Adds the result of a request.
    pub(crate) fn add(&mut self, provided: &Provided) {
        let is_writable = match provided.outcome {
            ProvideOutcome::ReadOnly => false,
            ProvideOutcome::Writable => true,
            ProvideOutcome::Private
            | ProvideOutcome::Copied
            | ProvideOutcome::Made
            | ProvideOutcome::Composed
            | ProvideOutcome::JailsOwn => return,
        };
        *self.0.entry(provided.real.clone().into_os_string()).or_default() |= is_writable;
    }

    /// Whether `real` is shown, or lies in a directory that is.
    pub(crate) fn has(&self, real: &Path) -> bool {
        real.ancestors().any(|above| self.0.contains_key(above.as_os_str()))
    }

    /// Whether `real` is shown by now with rights enough for `needed`.
    pub(crate) fn covers(&self, real: &Path, needed: ProvideOutcome) -> bool {
        let is_enough = |is_writable: &bool| match needed {
            ProvideOutcome::Private => false,
            ProvideOutcome::ReadOnly | ProvideOutcome::Composed => true,
            _ => *is_writable,
        };
        real.ancestors().filter_map(|above| self.0.get(above.as_os_str())).any(is_enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProvideItem;
    use std::path::PathBuf;

    fn shown(all: &[(&str, ProvideOutcome)]) -> ShownPaths {
        let mut shown = ShownPaths::default();
        for (path, outcome) in all {
            let (path, outcome) = (PathBuf::from(path), *outcome);
            let origin = ProvideItem::Path { path: path.clone(), writable: false };
            shown.add(&Provided { real: path.clone(), path, origin, outcome });
        }
        shown
    }

    #[test]
    fn a_path_is_shown_with_the_directory_above_it() {
        let shown = shown(&[
            ("/srv/data", ProvideOutcome::ReadOnly),
            ("/tmp", ProvideOutcome::Private),
            ("/etc/hosts", ProvideOutcome::JailsOwn),
        ]);
        for (path, expected) in [
            ("/srv/data", true),
            ("/srv/data/a/b", true),
            ("/srv/database", false),
            ("/srv", false),
            ("/tmp/x", false),
            ("/etc/hosts", false),
        ] {
            assert_eq!(shown.has(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_directory_covers_what_needs_no_more_rights() {
        use ProvideOutcome::{Private, ReadOnly, Writable};
        let shown = shown(&[
            ("/srv/data", ReadOnly),
            ("/srv/data/rw", Writable),
            ("/srv/both", Writable),
            ("/srv/both", ReadOnly),
        ]);
        for (path, needed, expected) in [
            ("/srv/data/x", ReadOnly, true),
            ("/srv/data/x", Writable, false),
            ("/srv/data/rw/x", Writable, true),
            ("/srv/both/x", Writable, true),
            ("/srv/data/x", Private, false),
            ("/other", ReadOnly, false),
        ] {
            assert_eq!(shown.covers(Path::new(path), needed), expected, "{path} {needed:?}");
        }
    }
}
