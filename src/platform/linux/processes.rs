#![forbid(unsafe_code)]
//! The processes of a user, as procfs lists them.

use super::super::{Presence, ProcessOf, UserId, facts_of_path};
use std::ffi::CString;
use std::fs;
use std::io;

/// Every process one of whose user ids is `user`. No more than `most` processes of the machine are
/// looked at. Processes come and go meanwhile: what cannot be read is gone.
pub(in crate::platform) fn processes_of(
    user: UserId,
    most: usize,
) -> io::Result<Presence<Vec<ProcessOf>>> {
    let Ok(entries) = fs::read_dir("/proc") else { return Ok(Presence::Absent) };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(Presence::Present(numbers.take(most).filter_map(|pid| process(pid, user)).collect()))
}

fn process(pid: u32, user: UserId) -> Option<ProcessOf> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let is_user = |id: &str| id.parse() == Ok(user.0);
    if !field("Uid")?.split_whitespace().any(is_user) || field("State")?.starts_with('Z') {
        return None;
    }
    let root = CString::new(format!("/proc/{pid}/root")).ok()?;
    Some(ProcessOf {
        pid,
        parent: field("PPid")?.parse().ok()?,
        name: field("Name")?.to_owned(),
        root: facts_of_path(&root).ok().map(|facts| facts.identity),
    })
}
