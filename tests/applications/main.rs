//! Modules, interpreters and applications that run in a jail, and answer as without one.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod beyond;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod caveats;
#[cfg(test)]
mod databases;
#[cfg(test)]
mod files;
#[cfg(test)]
mod https;
#[cfg(test)]
mod interpreters;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod names;
#[cfg(test)]
mod net;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod parity_random;
#[cfg(test)]
mod perl;
#[cfg(test)]
mod php;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod services;
#[cfg(test)]
mod text;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod warm;
#[cfg(test)]
mod warm_host;
#[cfg(test)]
mod warm_services;
#[cfg(test)]
mod wsgi;
#[cfg(test)]
mod wsgi_loaded;
