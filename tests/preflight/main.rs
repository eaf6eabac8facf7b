//! `ChrootPreflight` and configtest: what children will miss is reported before they need it.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../attacks/mod.rs"]
mod attacks;
#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod advice;
#[cfg(test)]
mod configtest;
#[cfg(test)]
mod decides;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod named;
#[cfg(test)]
mod programs_root;
#[cfg(test)]
mod programs_trials;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod survey;
#[cfg(test)]
#[path = "../../src/preflight/survey/format.rs"]
mod survey_format;
