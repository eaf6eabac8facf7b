//! Accounts of the processes in the jail, asked of the name service by the parent, outside.

use crate::jail::run_as::RunAs;
use crate::platform;
use crate::platform::{GroupId, UserId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io;

/// Accounts of one pass. The name service is asked for the groups of each user once: it may be slow, and two answers
/// could differ.
#[derive(Debug, Default)]
pub(crate) struct AccountLookup(RefCell<BTreeMap<(CString, GroupId), Vec<GroupId>>>);

impl AccountLookup {
    /// Looks up the groups of `user`, written as `written`, whose primary group is to be `group`. A user without an
    /// entry (`User #4999`) has only that group.
    ///
    /// # Errors
    /// Returns an error if the name service cannot be asked.
    pub(crate) fn look_up(
        &self,
        written: &CStr,
        user: UserId,
        group: GroupId,
    ) -> io::Result<RunAs> {
        let key = (written.to_owned(), group);
        if let Some(groups) = self.0.borrow().get(&key) {
            return Ok(RunAs::plain(user, group, groups.clone()));
        }
        let groups = list_groups(written, user, group)?;
        self.0.borrow_mut().insert(key, groups.clone());
        Ok(RunAs::plain(user, group, groups))
    }
}

/// The name, not the uid, has the groups: several names may share a uid.
fn list_groups(written: &CStr, user: UserId, group: GroupId) -> io::Result<Vec<GroupId>> {
    let name = if written.to_bytes().starts_with(b"#") {
        platform::find_user_name(user)?
    } else {
        Some(written.to_owned())
    };
    match name {
        Some(name) => platform::list_groups(&name, group),
        None => Ok(vec![group]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_asked_once_and_answered_alike() {
        let lookup = AccountLookup::default();
        let of = |name: &CStr, group| lookup.look_up(name, UserId(4999), GroupId(group)).unwrap();
        let first = of(c"#4999", 4998);
        assert_eq!(first.every_group(), [GroupId(4998)]);
        assert_eq!(lookup.0.borrow().len(), 1);
        assert_eq!(of(c"#4999", 4998).every_group(), first.every_group());
        assert_eq!(lookup.0.borrow().len(), 1);
        assert_eq!(of(c"#4999", 4997).every_group(), [GroupId(4997)]);
    }

    /// The answer of the service is what is kept, not what another name got.
    #[test]
    fn names_that_share_a_number_have_groups_of_their_own() {
        let lookup = AccountLookup::default();
        let kept = vec![GroupId(1), GroupId(2)];
        lookup.0.borrow_mut().insert((c"other".to_owned(), GroupId(1)), kept);
        let found = lookup.look_up(c"no-such-account", UserId(4999), GroupId(1)).unwrap();
        assert_eq!(found.every_group(), [GroupId(1)]);
    }
}
