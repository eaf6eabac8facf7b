//! mod_chroot: Apache httpd's children in a chroot jail that needs no copies of system files.
//!
//! # Promises
//!
//! Every process that ever handles a request has its root in the jail, is the configured user, and
//! cannot come back; a process that cannot prove that does not serve. That includes processes of other
//! modules, unless `ChrootAllowOutside` names the module. The parent, which is root, stays outside, so
//! restarts, logs and keys work as ever.
//!
//! # Threat model
//!
//! An attacker who runs code in a child, by a flaw in a CGI program, in PHP, in a module, in httpd. Not
//! defended against: root, the kernel, what is listening on the same network, and processes of the
//! same user outside the jail.
//!
//! # Map
//!
//! From the top down; each folder uses only those below it.
//!
//! | folder | contents |
//! |---|---|
//! | `module` | The module's record: tables of hooks and directives, and their callbacks. httpd calls these. |
//! | `lifecycle` | Steps of the parent and of a child: reads the configuration, prepares the jail, enters it. |
//! | `preflight` | Requirements of the configuration, tried from inside before the server serves. |
//! | `report` | `-D DUMP_CHROOT` and mod_status' block. |
//! | `view` | Host paths inside the jail: private mounts, or a link and copies. |
//! | `audit` | Search of the jail for devices, set-uid programs, this server's own keys. |
//! | `learning` | Uses of paths that were observed, and lines of `ChrootProvide` that are made of them. |
//! | `preload` | Libraries, tables and names that are loaded before entry. |
//! | `provide` | Meaning of the words of `ChrootProvide`. |
//! | `httpd` | Safe calls to httpd: server, configuration tree, log. |
//! | `programs` | Interpreters, loaders and libraries of a program, read without running it. |
//! | `packages` | Folders that packages keep for their applications, from the package database. |
//! | `trust` | Files that root may read, run or provide; rights to a file. |
//! | `daemons` | Processes of other modules: which are outside; accounts of mod_wsgi's daemons. |
//! | `jail` | Path, walk, checks, entry, hardening and proof: the core. Start with `jail::entry`. |
//! | `config` | Directives as typed settings; directives of other modules as parsed. |
//! | `messages` | Every message, with its id. |
//! | [`path`] | Paths and their components. |
//! | `platform` | Calls to the kernel: one contract, one backend for each system. |
//!
//! Unsafe code is in `module`, `httpd` and `platform` only; the compiler forbids it elsewhere.

#[forbid(unsafe_code)]
mod audit;
#[forbid(unsafe_code)]
mod config;
#[forbid(unsafe_code)]
mod daemons;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[forbid(unsafe_code)]
pub mod fuzz;
#[allow(unsafe_code, reason = "the border to httpd: calls of its functions")]
mod httpd;
#[forbid(unsafe_code)]
mod jail;
#[forbid(unsafe_code)]
mod learning;
#[forbid(unsafe_code)]
mod lifecycle;
#[forbid(unsafe_code)]
mod messages;
#[allow(unsafe_code, reason = "the border to httpd: its structures and its calls of the module")]
mod module;
#[forbid(unsafe_code)]
mod packages;
#[forbid(unsafe_code)]
pub mod path;
#[allow(unsafe_code, reason = "the border to the kernel: system calls")]
mod platform;
#[forbid(unsafe_code)]
mod preflight;
#[forbid(unsafe_code)]
mod preload;
#[forbid(unsafe_code)]
mod programs;
#[forbid(unsafe_code)]
mod provide;
#[forbid(unsafe_code)]
mod report;
#[doc(hidden)]
#[forbid(unsafe_code)]
pub mod test_api;
#[forbid(unsafe_code)]
mod trust;
#[forbid(unsafe_code)]
mod view;
