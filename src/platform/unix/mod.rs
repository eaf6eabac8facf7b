//! Calls that all systems have in common.

pub(super) mod access;
pub(super) mod access_list;
pub(super) mod accounts;
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub(super) mod atfork;
pub(super) mod attempt;
pub(super) mod descriptor_limit;
pub(super) mod files;
pub(super) mod fork;
pub(super) mod handle;
#[cfg(not(target_os = "macos"))]
pub(super) mod iconv;
pub(super) mod ids;
#[cfg(not(target_os = "macos"))]
pub(super) mod imports_elf;
pub(super) mod lock;
pub(super) mod look;
pub(super) mod made;
pub(super) mod objects;
pub(super) mod posix;
pub(super) mod preload;
pub(super) mod probe;
pub(super) mod records;
pub(super) mod reopen;
pub(super) mod run;
pub(super) mod search;
pub(super) mod shared_counter;
pub(super) mod single_thread;
pub(super) mod terminal;
pub(super) mod thread;
