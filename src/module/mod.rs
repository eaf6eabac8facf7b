//! The module as httpd sees it: its record, its tables of hooks and directives, and their callbacks. A callback is a
//! thunk of a few lines: it turns pointers into safe handles, calls a step of [`crate::lifecycle`], and turns the answer
//! into httpd's by way of [`crate::httpd::guard`].

mod directives;
mod hooks;
mod htaccess_hook;
mod record;
mod status_hook;
