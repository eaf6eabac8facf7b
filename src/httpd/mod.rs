//! Safe calls to httpd: its main server, its configuration tree, its log. The only code, with the folder
//! `module`, that knows httpd's structures.

pub(crate) mod arguments;
pub(crate) mod bindings;
pub(crate) mod config_tree;
pub(crate) mod dbm;
pub(crate) mod fork_handlers;
pub(crate) mod guard;
pub(crate) mod hook_table;
pub(crate) mod log;
pub(crate) mod main_state;
pub(crate) mod pass;
pub(crate) mod pool;
pub(crate) mod server;
pub(crate) mod slot;
pub(crate) mod unixd;
pub(crate) mod watcher_process;
pub(crate) mod wsgi_calls;
