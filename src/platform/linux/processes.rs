//! The processes of a user, as procfs lists them.

use crate::platform::{ProcessOf, Support, UserId, read_path_facts};
use std::ffi::CString;
use std::fs;
use std::io;

/// Every process one of whose user ids is `user`. No more than `most` processes of the machine are
/// looked at. Processes come and go meanwhile: what cannot be read is gone.
pub(in crate::platform) fn list_processes(
    user: UserId,
    most: usize,
) -> io::Result<Support<Vec<ProcessOf>>> {
    let Ok(entries) = fs::read_dir("/proc") else { return Ok(Support::Unsupported) };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    Ok(Support::Available(numbers.take(most).filter_map(|pid| read_process(pid, user)).collect()))
}

fn read_process(pid: u32, user: UserId) -> Option<ProcessOf> {
    // A process gives itself its name, of any bytes.
    let status = fs::read(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| {
        let value = |line: &'_ [u8]| {
            Some(line.strip_prefix(name.as_bytes())?.strip_prefix(b":")?.trim_ascii().to_vec())
        };
        status.split(|&byte| byte == b'\n').find_map(value)
    };
    let words = |name: &str| field(name).map(|value| String::from_utf8_lossy(&value).into_owned());
    let is_user = |id: &str| id.parse() == Ok(user.0);
    if !words("Uid")?.split_whitespace().any(is_user) || words("State")?.starts_with('Z') {
        return None;
    }
    let root = CString::new(format!("/proc/{pid}/root")).ok()?;
    Some(ProcessOf {
        pid,
        parent: words("PPid")?.parse().ok()?,
        name: field("Name")?,
        root: read_path_facts(&root).ok().map(|facts| facts.identity),
    })
}
