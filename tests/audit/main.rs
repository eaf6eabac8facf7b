//! `ChrootAudit`: what a jail should not contain is found.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod apache;
#[cfg(test)]
mod code;
#[cfg(test)]
mod jail_tree;
#[cfg(test)]
mod links;
#[cfg(test)]
mod search;
