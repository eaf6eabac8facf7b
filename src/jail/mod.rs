//! The jail: which directory it is, who may change it, how a process enters, and the proof that it has.

pub(crate) mod account_lookup;
pub(crate) mod descriptors;
pub(crate) mod entry;
pub(crate) mod harden;
pub(crate) mod judge;
pub(crate) mod outside_processes;
pub(crate) mod preconditions;
pub(crate) mod proof;
pub(crate) mod run_as;
pub(crate) mod walk;

pub(crate) use entry::{CheckedJail, FoundJail};
