//! The jail itself: who enters it and how, that nothing leads out of it, and what is taken from those inside.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../attacks/mod.rs"]
mod attacks;
#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod baseline;
#[cfg(test)]
mod connect;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod escape;
#[cfg(test)]
mod filter;
#[cfg(test)]
mod handles;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod kernels;
#[cfg(test)]
mod names;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod privilege;
#[cfg(test)]
mod sanity;
#[cfg(test)]
mod suexec;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod threads;
