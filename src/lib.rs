//! mod_chroot: Apache httpd's children in a chroot jail, with nothing to build in the jail.
//!
//! # What is promised
//!
//! Every process that ever handles a request has its root in the jail, is the configured user, and
//! cannot come back; a process that cannot prove that does not serve. That includes processes of other
//! modules, unless `ChrootAllowOutside` names the module. The parent, which is root, stays outside, so
//! restarts, logs and keys work as ever.
//!
//! # What is defended against
//!
//! Code of an attacker in a child: a hole in a CGI program, in PHP, in a module, in httpd. Not
//! defended against: root, the kernel, what is listening on the same network, and processes of the
//! same user outside the jail.
//!
//! # Reading order
//!
//! 1. [`settings`]: what is written; [`path`]: what a path is.
//! 2. [`verdict`], [`walk`]: from a path to a directory that is held by descriptor.
//! 3. [`start`]: who the children become.
//! 4. [`jail`], [`handles`], [`harden`], [`proof`]: the way in, and the proof.
//! 5. [`outside`], [`wsgi`]: processes of other modules. [`audit`]: what lies in the jail. `warm`: what is loaded before entry.
//! 6. `httpd`: when all of that happens. `platform`: how, on each system. `fault`: what is said.
//!
//! Two folders hold all unsafe code: `httpd` and `platform`. Every other file forbids it.

mod answering;
mod audit;
mod configured;
#[doc(hidden)]
pub mod door;
mod fault;
mod handles;
mod harden;
#[allow(unsafe_code, reason = "the border to httpd: C structures and C callbacks")]
mod httpd;
mod jail;
mod neighbours;
mod outside;
pub mod path;
mod picture;
#[allow(unsafe_code, reason = "the border to the kernel: system calls")]
mod platform;
mod preflight;
mod programs;
mod proof;
mod rights;
mod run_as;
mod settings;
mod start;
mod status;
mod text;
mod trusted;
mod verdict;
mod view;
mod walk;
mod warm;
mod wsgi;
