//! Engine of the rules: rows, the context in which they are read, and the collector of what they find. The tables are
//! in [`super::rules`].

pub(crate) mod args;
pub(crate) mod collector;
pub(crate) mod context;
pub(crate) mod hosts;
pub(crate) mod path_use;
pub(crate) mod row;
