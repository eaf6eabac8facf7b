//! The set `users`: finds out who is needed inside, and asks the name service outside, before any child is made. A name
//! service may be a program or a server of its own, so another process asks, with a deadline.

use crate::config::other_directives::OtherDirective;
use crate::config::{Provide, ProvideItem, ProvideSet};
use crate::httpd::server;
use crate::httpd::server::Server;
use crate::jail::CheckedJail;
use crate::jail::run_as::RunAs;
use crate::lifecycle::run_audit::Owners;
use crate::lifecycle::state::State;
use crate::messages::UsersNotice;
use crate::platform::{Attempt, AttemptEnd, AttemptOutput, GroupId, SingleThread, UserId};
use crate::provide::{UserFiles, UserNeeds, read_entries};
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Time in which the name service answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether lists of users are requested.
pub(crate) fn are_requested(provide: &Provide) -> bool {
    provide.requested.iter().any(|(item, _)| *item == ProvideItem::Set(ProvideSet::Users))
}

/// Finds out who is needed inside: root, the accounts of the children and daemons, the owners of what is in the jail, and
/// users whose home pages are served.
pub(crate) fn find_needs(
    state: &State,
    provide: &Provide,
    jail: &CheckedJail,
    accounts: &[RunAs],
    owners: Option<Owners>,
) -> UserNeeds {
    let mut needs = UserNeeds::default();
    let Owners { users, groups } = owners.unwrap_or_default();
    needs.users.extend(users);
    needs.groups.extend(groups);
    needs.users.insert(UserId(0));
    needs.groups.insert(GroupId(0));
    for account in accounts {
        needs.users.insert(account.user);
        needs.groups.extend(account.every_group());
    }
    needs.names.insert(server::info().user_name.to_string_lossy().into_owned());
    let daemons = state.wsgi.iter().filter_map(|daemons| daemons.value("user"));
    needs.names.extend(daemons.map(to_text));
    if server::is_loaded(c"mod_userdir.c") {
        add_home_pages(&mut needs, state, provide, jail);
    }
    needs.names.retain(|name| !name.starts_with('#') && !name.is_empty());
    needs
}

/// Adds users whose home pages are served: those that `UserDir enabled` names, and those with a home that is shown.
fn add_home_pages(needs: &mut UserNeeds, state: &State, provide: &Provide, jail: &CheckedJail) {
    let is_word = |word: &OsStr, expected: &str| word.eq_ignore_ascii_case(expected);
    let mut are_served = false;
    for written in state.foreign.iter().filter(|it| it.name.eq_ignore_ascii_case("UserDir")) {
        let OtherDirective { words, .. } = written;
        match words.first() {
            Some(word) if is_word(word, "enabled") => {
                needs.names.extend(words.iter().skip(1).map(to_text));
            }
            Some(word) if !is_word(word, "disabled") => are_served = true,
            _ => {}
        }
    }
    if !are_served {
        return;
    }
    let path = |(item, _): &(ProvideItem, _)| match item {
        ProvideItem::Path { path, .. } => Some(path.clone()),
        _ => None,
    };
    let jail: [PathBuf; 2] = [jail.at().to_owned(), jail.written().as_path().to_owned()];
    needs.homes.extend(jail.into_iter().chain(provide.requested.iter().filter_map(path)));
}

fn to_text(word: impl AsRef<OsStr>) -> String {
    word.as_ref().to_string_lossy().into_owned()
}

/// Asks the name service, in another process. The names that it has answered in time are used.
pub(crate) fn ask(server: Server, needs: &UserNeeds) -> UserFiles {
    let asked = SingleThread::check()
        .and_then(|alone| Attempt::new(alone, PATIENCE).run(|out| needs.look_up(out)));
    let (bytes, error) = match asked {
        Ok(AttemptOutput { bytes, end: AttemptEnd::Done }) => (bytes, None),
        Ok(AttemptOutput { bytes, end }) => (bytes, Some(end.to_error())),
        Err(error) => (Vec::new(), Some(error)),
    };
    if let Some(error) = error {
        server.log(&UsersNotice::Incomplete(error.to_string()).about());
    }
    read_entries(&bytes)
}

/// Asks the name service again while the server runs, in another process, and for a shorter time: other changes of the host
/// wait for it.
///
/// # Errors
/// Returns an error if the name service fails, or does not answer in time.
pub(crate) fn ask_again(needs: &UserNeeds) -> io::Result<UserFiles> {
    let attempt = Attempt::new(SingleThread::check()?, PATIENCE / 4);
    match attempt.run(|out| needs.look_up(out))? {
        AttemptOutput { bytes, end: AttemptEnd::Done } => Ok(read_entries(&bytes)),
        AttemptOutput { end, .. } => Err(end.to_error()),
    }
}
