//! What a row of the table is: a directive, and who uses its value for what.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{Collector, Weight};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;

/// A directive and its class.
pub(crate) type Row = (&'static str, RowClass);

/// Reads a directive that is more than a path.
pub(crate) type RowReader = fn(&OtherDirective, &RuleContext<'_>, &mut Collector<'_>);

/// Whether a directive is in use.
pub(crate) type RowCondition = fn(&RuleContext<'_>) -> bool;

/// Who uses the value of a directive, and for what.
#[derive(Clone, Copy)]
pub(crate) enum RowClass {
    /// Children use the path that is the word with that number, counted from 0.
    Path(usize, PathUse, Weight, RowCondition),
    /// Children use what a reader finds in its words.
    Read(RowReader),
    /// It says whether other directives are in use.
    Switch,
    /// Children have no need of it.
    Nothing(
        #[cfg_attr(not(test), expect(dead_code, reason = "for the reader, and the tests"))] NoNeed,
    ),
}

/// Why children have no need of a directive's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoNeed {
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
pub(crate) fn always(_: &RuleContext<'_>) -> bool {
    true
}
