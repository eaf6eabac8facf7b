//! Engine of the rules: rows, the context in which they are read, and the collector of requirements. It knows no
//! directive: the tables are in [`super::rules`].

pub(crate) mod args;
pub(crate) mod collector;
pub(crate) mod context;
pub(crate) mod hosts;
pub(crate) mod path_use;
pub(crate) mod row;
