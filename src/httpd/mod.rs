//! The only code that knows httpd: its structures, its hooks, its log, its configuration tree.
//!
//! Everything httpd calls is a thunk of a few lines in [`hooks`] or [`directives`]: it turns pointers into views, calls a rule that knows no pointers, and turns the answer into
//! httpd's by way of [`guard`]. No decision is taken here that could be taken outside.

mod aliases;
mod arguments;
mod audit;
mod bindings;
mod child;
mod daemons;
mod directives;
mod forks;
mod guard;
mod hardening;
mod hooks;
mod links;
mod log;
mod own_files;
mod parent;
mod patrol;
mod picture;
mod preflight;
mod reading;
mod record;
mod rehearsal;
mod server;
mod slot;
mod state;
mod status;
mod tree;
mod warm;
mod watch;
mod wsgi;
mod wsgi_calls;
