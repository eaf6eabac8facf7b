//! Starts, refusals, restarts, logs and status of a server.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod children;
#[cfg(test)]
mod core_scenes;
#[cfg(test)]
mod harness_itself;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod many_restarts;
#[cfg(test)]
mod refusal;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod soak_services;
#[cfg(test)]
mod status;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod units;
#[cfg(test)]
mod unixd_dso;
