//! The user that jailed processes run as, known to one httpd only.
//!
//! Scenes need a user with supplementary groups, and must not change the accounts of the machine: copies of
//! /etc/passwd and /etc/group with one user more are bound over them in the mount namespace of that httpd.

use std::fs;
use std::path::{Path, PathBuf};

/// The name of the run-as user and of its first group.
pub(crate) const USER: &str = "jailed";
/// The uid of the run-as user.
pub(crate) const UID: u32 = 4242;
/// The first group of the run-as user.
pub(crate) const GID: u32 = 4243;
/// All groups of the run-as user.
pub(crate) const GROUPS: [u32; 3] = [GID, 4244, 4245];

/// Account files with the run-as user in them.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// The copy of /etc/passwd.
    pub(crate) passwd: PathBuf,
    /// The copy of /etc/group.
    pub(crate) group: PathBuf,
}

impl Accounts {
    /// Writes the copies into a folder.
    pub(crate) fn write(folder: &Path) -> Accounts {
        let user = format!("{USER}:x:{UID}:{GID}::/nonexistent:/usr/sbin/nologin\n");
        let groups = format!("{USER}:x:{GID}:\njailed2:x:4244:{USER}\njailed3:x:4245:{USER}\n");
        Accounts {
            passwd: extended("/etc/passwd", &user, folder.join("passwd")),
            group: extended("/etc/group", &groups, folder.join("group")),
        }
    }
}

fn extended(original: &str, more: &str, copy: PathBuf) -> PathBuf {
    let mut text = fs::read_to_string(original).expect("the account files");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    fs::write(&copy, text + more).expect("a copy of the account files");
    copy
}
