//! Faults: system calls that fail or lie, rights that are missing, jails that vanish.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../attacks/mod.rs"]
mod attacks;
#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod daemons;
#[cfg(test)]
mod each_call;
#[cfg(test)]
mod injected;
#[cfg(test)]
mod real;
