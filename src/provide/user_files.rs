//! The set `users`: lists of users and groups that are made for the jail. They have the names and numbers that are needed
//! inside, no password, no personal data, and no other account of the host.

use crate::config::set_catalogue::GROUP;
use crate::platform;
use crate::platform::{AccountEntry, GroupEntry, GroupId, UserId};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Contents of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UserFiles {
    /// Of `/etc/passwd`.
    pub passwd: Arc<[u8]>,
    /// Of `/etc/group`.
    pub group: Arc<[u8]>,
}

impl UserFiles {
    /// Contents for the list at `path`.
    pub(crate) fn contents_for(&self, path: &Path) -> Arc<[u8]> {
        Arc::clone(if path == Path::new(GROUP) { &self.group } else { &self.passwd })
    }
}

/// Accounts and groups that are needed inside.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserNeeds {
    /// Numbers of users.
    pub users: BTreeSet<UserId>,
    /// Numbers of groups.
    pub groups: BTreeSet<GroupId>,
    /// Names of users.
    pub names: BTreeSet<String>,
    /// Folders: users with a home below one of them are needed.
    pub homes: Vec<PathBuf>,
}

/// Limit of the users of each kind: an attacker in the jail cannot choose owners, but a backup in it has many.
const MOST: usize = 10_000;

impl UserNeeds {
    /// Asks the name service for all that is needed, and writes each entry as it comes: the name service may not answer, so
    /// this is for a process that may wait.
    ///
    /// # Errors
    /// Returns an error if the name service fails, or the reader is gone.
    pub(crate) fn look_up(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut names = BTreeSet::new();
        let mut groups = self.groups.clone();
        let mut write_user = |entry: &AccountEntry, out: &mut dyn Write| {
            groups.insert(entry.group);
            let is_new = names.len() < MOST && names.insert(entry.name.clone());
            if is_new { out.write_all(format_user(entry).as_bytes()) } else { Ok(()) }
        };
        for user in self.users.iter().take(MOST) {
            platform::read_account(*user)?.map_or(Ok(()), |entry| write_user(&entry, out))?;
        }
        for name in self.names.iter().take(MOST) {
            platform::read_named_account(name)?.map_or(Ok(()), |entry| write_user(&entry, out))?;
        }
        self.visit_homes(&mut |entry| write_user(entry, out))?;
        for group in groups.into_iter().take(MOST) {
            if let Some(entry) = platform::read_group(group)? {
                out.write_all(format_group(&entry, &names).as_bytes())?;
            }
        }
        Ok(())
    }
}

impl UserNeeds {
    /// Calls `write` with each account whose home is below one of the folders.
    fn visit_homes(
        &self,
        write: &mut dyn FnMut(&AccountEntry) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut written = Ok(());
        if self.homes.is_empty() {
            return written;
        }
        platform::visit_accounts(&mut |entry| {
            if self.homes.iter().any(|folder| entry.home.starts_with(folder)) {
                written = write(&entry);
            }
            written.is_ok()
        });
        written
    }
}

/// Kinds of the lines that [`UserNeeds::look_up`] writes: the first letter of each.
const USER: u8 = b'u';
const GROUP_LINE: u8 = b'g';

/// Reads what [`UserNeeds::look_up`] has written. A line that was cut off is left out.
pub(crate) fn read_entries(written: &[u8]) -> UserFiles {
    let (mut passwd, mut group) = (Vec::new(), Vec::new());
    for line in written.split_inclusive(|&byte| byte == b'\n') {
        match line.split_first() {
            Some((&USER, line)) if line.ends_with(b"\n") => passwd.extend_from_slice(line),
            Some((&GROUP_LINE, line)) if line.ends_with(b"\n") => group.extend_from_slice(line),
            _ => {}
        }
    }
    UserFiles { passwd: passwd.into(), group: group.into() }
}

/// A line of `passwd(5)`, without password and personal data, and with a shell that lets nobody in.
fn format_user(AccountEntry { name, user, group, home }: &AccountEntry) -> String {
    let home = home.to_string_lossy();
    if !is_field(name) || name.is_empty() || !is_field(&home) {
        return String::new();
    }
    format!("u{name}:x:{}:{}::{home}:/usr/sbin/nologin\n", user.0, group.0)
}

/// A line of `group(5)`, with those members that are in the list of users.
fn format_group(
    GroupEntry { name, group, members }: &GroupEntry,
    users: &BTreeSet<String>,
) -> String {
    if !is_field(name) || name.is_empty() {
        return String::new();
    }
    let members: Vec<_> = members
        .iter()
        .filter(|member| users.contains(*member) && is_field(member) && !member.contains(','))
        .map(String::as_str)
        .collect();
    format!("g{name}:x:{}:{}\n", group.0, members.join(","))
}

/// Whether `text` can be a field of a line.
fn is_field(text: &str) -> bool {
    !text.contains([':', '\n', '\0', char::REPLACEMENT_CHARACTER])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn user(name: &str, number: u32, home: &str) -> AccountEntry {
        let (user, group) = (UserId(number), GroupId(number));
        AccountEntry { name: name.to_owned(), user, group, home: home.into() }
    }

    fn text(contents: &[u8]) -> &str {
        std::str::from_utf8(contents).unwrap()
    }

    #[test]
    fn entries_have_names_and_numbers_and_no_more() {
        let group = GroupEntry {
            name: "staff".into(),
            group: GroupId(50),
            members: vec!["alice".into(), "bob".into()],
        };
        let known = BTreeSet::from(["alice".to_owned()]);
        let written =
            format_user(&user("alice", 1000, "/home/alice")) + &format_group(&group, &known);
        let files = read_entries(written.as_bytes());
        assert_eq!(text(&files.passwd), "alice:x:1000:1000::/home/alice:/usr/sbin/nologin\n");
        assert_eq!(text(&files.group), "staff:x:50:alice\n", "bob is not needed");
    }

    #[test]
    fn a_name_that_would_make_another_entry_is_left_out() {
        for (name, home) in
            [("a:0:0", "/"), ("a\nroot", "/"), ("", "/"), ("a", "/:x"), ("a", "/\n")]
        {
            assert_eq!(format_user(&user(name, 7, home)), "", "{name:?} {home:?}");
        }
    }

    #[test]
    fn those_who_are_needed_are_listed() {
        let needs = UserNeeds { users: [UserId(0)].into(), ..UserNeeds::default() };
        let mut written = Vec::new();
        needs.look_up(&mut written).unwrap();
        let files = read_entries(&written);
        assert_eq!(text(&files.passwd).lines().count(), 1);
        assert!(text(&files.passwd).contains(":x:0:0::"));
        assert_eq!(text(&files.group).lines().count(), 1, "its group");
    }

    proptest! {
        #[test]
        fn a_cut_report_has_whole_lines(cut in 0..200_usize) {
            let whole = format_user(&user("alice", 1, "/a")) + &format_user(&user("bob", 2, "/b"));
            let files = read_entries(&whole.as_bytes()[..cut.min(whole.len())]);
            prop_assert!(text(&files.passwd).lines().all(|line| line.ends_with("nologin")));
        }
    }
}
