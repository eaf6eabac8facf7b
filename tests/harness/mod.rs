//! Builds and runs a private Apache for one test.
//!
//! Each test has its own folders, configuration, port, pid file, logs and accounts; nothing of the machine is
//! changed, and nothing is left behind. The error log is part of the contract: a warning that the test did not
//! declare fails it. Tests run as root.
#![allow(dead_code, reason = "each test crate uses its own part of the harness")]
#![allow(unused_macros, reason = "each test crate uses its own part of the harness")]
#![allow(unused_imports, reason = "each test crate uses its own part of the harness")]

pub(crate) mod apache;
pub(crate) mod backend;
pub(crate) mod client;
mod conf;
pub(crate) mod fixtures;
pub(crate) mod folders;
pub(crate) mod generated;
pub(crate) mod identity;
pub(crate) mod launch;
mod log;
pub(crate) mod nss_trap;
pub(crate) mod outcome;
pub(crate) mod pair;
mod php;

pub(crate) mod poll;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod process_counts;
pub(crate) mod programs;
pub(crate) mod promise;
pub(crate) mod remains;
mod reply;
pub(crate) mod requirements;
pub(crate) mod runner;
pub(crate) mod sandbox;
mod server;
mod site;
pub(crate) mod tools;
pub(crate) mod two_contents;

pub(crate) use apache::{Apache, Mpm};
pub(crate) use outcome::Outcome;
pub(crate) use poll::{until, within};
pub(crate) use process::{Identity, Process};
pub(crate) use reply::Reply;
pub(crate) use server::Server;
pub(crate) use site::{Jail, Loaded, Site};

/// Turns `fn promise(mpm: Mpm) { .. }` into the tests `promise::prefork`, `promise::worker`, `promise::event`.
macro_rules! on_every_mpm {
    ($($(#[$doc:meta])* fn $name:ident($mpm:ident: Mpm) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            fn promise($mpm: Mpm) $body

            #[test]
            fn prefork() {
                promise(Mpm::Prefork);
            }

            #[test]
            fn worker() {
                promise(Mpm::Worker);
            }

            #[test]
            fn event() {
                promise(Mpm::Event);
            }
        }
    )+};
}
pub(crate) use on_every_mpm;
