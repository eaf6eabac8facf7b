//! Learning: what the children of a real Apache use becomes lines of `ChrootProvide`, which are tried.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod application;
#[cfg(test)]
mod attacked;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod learned;
#[cfg(test)]
mod modes;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod traced;
#[cfg(test)]
mod watched;
