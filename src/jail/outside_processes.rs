//! Processes outside that run as the user of the children: a program in the jail that may trace or signal
//! one of them can escape.
//!
//! Not promised: that none is started later.

use crate::platform;
use crate::platform::{Identity, ProcessOf, Support, UserId};
use std::io;

/// No more processes of the machine than these are looked at.
const MOST: usize = 20_000;

/// The processes of `user` outside the directory `jail`, but for those that descend from `server`:
/// children of an earlier generation leave in their own time.
///
/// # Errors
/// Returns an error if the system's list cannot be read.
pub(crate) fn list_outside(
    jail: Identity,
    user: UserId,
    server: u32,
) -> io::Result<Support<Vec<ProcessOf>>> {
    let Support::Available(all) = platform::list_processes(user, MOST)? else {
        return Ok(Support::Unsupported);
    };
    Ok(Support::Available(keep_strangers(&all, jail, server)))
}

fn keep_strangers(all: &[ProcessOf], jail: Identity, server: u32) -> Vec<ProcessOf> {
    let ours = |process: &ProcessOf| descends(all, process, server);
    all.iter().filter(|process| process.root != Some(jail) && !ours(process)).cloned().collect()
}

/// A child of the server, or of a process of the same user that is one.
fn descends(all: &[ProcessOf], process: &ProcessOf, server: u32) -> bool {
    let mut parent = process.parent;
    for _ in 0..all.len() {
        if parent == server {
            return true;
        }
        match all.iter().find(|other| other.pid == parent) {
            Some(above) => parent = above.parent,
            None => return false,
        }
    }
    parent == server
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, root: Identity) -> ProcessOf {
        ProcessOf { pid, parent, name: format!("p{pid}").into_bytes(), root: Some(root) }
    }

    #[test]
    fn a_stranger_is_outside_and_no_descendant_of_the_server() {
        let (jail, host) = (
            platform::read_path_facts(c"/dev").unwrap().identity,
            platform::read_path_facts(c"/").unwrap().identity,
        );
        let all = [
            process(10, 9, host),
            process(11, 10, host),
            process(20, 1, jail),
            process(30, 1, host),
            process(31, 30, host),
            ProcessOf { root: None, ..process(32, 31, host) },
            process(40, 41, host),
            process(41, 40, host),
        ];
        let found: Vec<_> =
            keep_strangers(&all, jail, 9).iter().map(|process| process.pid).collect();
        assert_eq!(found, [30, 31, 32, 40, 41]);
    }
}
