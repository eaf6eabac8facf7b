//! What of the host is available in a jail: views, copies, and what is refused.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "../harness/mod.rs"]
mod harness;

#[cfg(test)]
mod ageing;
#[cfg(test)]
mod aliases;
#[cfg(test)]
mod closed;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod copies_rights;
#[cfg(test)]
mod copies_roots;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod host_links;
#[cfg(test)]
mod htaccess;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod links;
#[cfg(test)]
mod missing;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod private_places;
#[cfg(test)]
mod provide_refused;
#[cfg(test)]
mod provided;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod shown;
#[cfg(test)]
mod silent;
#[cfg(test)]
mod silent_hosts;
#[cfg(test)]
mod temporary;
#[cfg(test)]
mod two_servers;
#[cfg(test)]
mod user_names;
