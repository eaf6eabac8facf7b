//! Watching by seccomp user notification: a filter stops a call, a listener reports it to the watching process, and that
//! one lets it go on.
//!
//! Kernels: 5.0 has listeners, 5.5 lets a call go on, 5.6 has `openat2`, 5.8 `faccessat2`, 5.9 reports the end of a
//! listener's processes, 5.19 keeps signals from interrupting a call that was taken.

mod calls;
mod control;
mod filter;
mod memory;
mod process;
mod serve;

pub(in crate::platform) use control::{ask_watcher, open_control_pair};
pub(in crate::platform) use filter::{make_watch_filter, watch_this_process};
#[cfg(any(test, fuzzing))]
pub(in crate::platform) use memory::check_socket_address;
#[cfg(any(test, fuzzing))]
pub(in crate::platform) use process::find_in_root;
pub(crate) use process::{FoundFile, WatchedProcess};
pub(in crate::platform) use process::{become_watcher, with_roots_files};
pub(in crate::platform) use serve::serve_watch;

/// Another tool that shows the same.
pub(in crate::platform) const OTHER_TOOL: &str = "strace -f";
