//! Processes of other modules: which of them are outside, and who the daemons of mod_wsgi become. Pure rules.

pub(crate) mod outside;
pub(crate) mod wsgi;
