//! Rows of the tables: a directive, and the use of its value.

use crate::config::other_directives::OtherDirective;
use crate::preflight::engine::collector::{Collector, Weight};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;

/// A directive and its class.
pub(crate) type Row = (&'static str, RowClass);

/// Reader of a directive whose value is more than a path.
pub(crate) type RowReader = fn(&OtherDirective, &RuleContext<'_>, &mut Collector<'_>);

/// Condition under which a directive is in use.
pub(crate) type RowCondition = fn(&RuleContext<'_>) -> bool;

/// Use of a directive's value.
#[derive(Clone, Copy)]
pub(crate) enum RowClass {
    /// Children use the path in the word with this number, counted from 0.
    Path(usize, PathUse, Weight, RowCondition),
    /// Children use paths or names that the reader finds in the words.
    Read(RowReader),
    /// It decides whether other directives are in use.
    Switch,
}

/// Condition of a directive that is always in use.
pub(crate) fn always(_: &RuleContext<'_>) -> bool {
    true
}
