#![forbid(unsafe_code)]
//! What a row of the table is: a directive, and who uses its value for what.

use super::found::{Found, Weight};
use super::scene::Scene;
use super::used::Use;
use crate::configured::Foreign;

/// A directive and its class.
pub(super) type Row = (&'static str, Class);

/// Reads a directive that is more than a path.
pub(super) type Reader = fn(&Foreign, &Scene<'_>, &mut Found<'_>);

/// Whether a directive is in use.
pub(super) type When = fn(&Scene<'_>) -> bool;

/// Who uses the value of a directive, and for what.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// Children use the path that is the word with that number, counted from 0.
    Path(usize, Use, Weight, When),
    /// Children use what a reader finds in its words.
    Read(Reader),
    /// It says whether other directives are in use.
    Switch,
    /// Children have no need of it.
    Nothing(
        #[cfg_attr(not(test), expect(dead_code, reason = "for the reader, and the tests"))] Why,
    ),
}

/// Why children have no need of a directive's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The parent opens it, which is outside.
    Parent,
    /// It names what lies below what is served, or a URL.
    Served,
    /// It is loaded before entry.
    Warmed,
    /// Another directive decides.
    Elsewhere,
}

/// Of a directive that is in use wherever it is written.
pub(super) fn always(_: &Scene<'_>) -> bool {
    true
}
