//! Proves that the calling process is jailed: asks for the state instead of trusting what the
//! calls that made it have returned.

use crate::jail::descriptors::Descriptors;
use crate::jail::run_as::RunAs;
use crate::messages::ProofFault;
use crate::platform;
use crate::platform::{GroupId, Identity, Support, Threads, UserId};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Signs by which a process knows that it is inside.
#[derive(Debug, Clone)]
pub(crate) struct ExpectedRoot {
    /// Which directory its root is.
    pub root: Identity,
    /// Where it finds the jail under its host path, and which directory that is.
    pub host_path: Option<(PathBuf, Identity)>,
}

impl ExpectedRoot {
    /// The directory that is the jail: the root itself, or the one that the view shows.
    pub(crate) fn jail(&self) -> Identity {
        self.host_path.as_ref().map_or(self.root, |(_, jail)| *jail)
    }
}

/// Every property of a jailed process, `handles` being what was open when it entered.
///
/// # Errors
/// Returns an error about the first property that does not hold: the process must end.
pub(crate) fn prove(
    inside: &ExpectedRoot,
    run_as: &RunAs,
    handles: &Descriptors,
) -> Result<(), ProofFault> {
    has_one_thread()?;
    check_properties(inside, run_as)?;
    no_way_back()?;
    handles.prove()
}

/// Every property that can be looked at any time, by any thread, and that changes nothing.
///
/// # Errors
/// Returns an error about the first property that does not hold.
pub(crate) fn check_properties(inside: &ExpectedRoot, run_as: &RunAs) -> Result<(), ProofFault> {
    is_inside(inside)?;
    shows_jail(inside)?;
    users(run_as.user)?;
    groups(run_as)?;
    no_capabilities()
}

/// Root is what was entered, nothing is above it, and the working directory is there.
///
/// # Errors
/// Returns an error if one of them is another directory.
pub(crate) fn is_inside(inside: &ExpectedRoot) -> Result<(), ProofFault> {
    let wanted = inside.root;
    let other = |is: Identity| (is != wanted).then(|| is.to_string());
    if let Some(is) = other(identity(c"/", "stat(\"/\")")?) {
        return Err(ProofFault::Root(wanted.to_string(), is));
    }
    if let Some(is) = other(identity(c"/..", "stat(\"/..\")")?) {
        return Err(ProofFault::Parent(wanted.to_string(), is));
    }
    if let Some(is) = other(identity(c".", "stat(\".\")")?) {
        return Err(ProofFault::Cwd(is));
    }
    Ok(())
}

/// The jail is found under its host path. Where its user may not pass on the way there, nothing can be
/// said, and nothing will be served: as outside.
///
/// # Errors
/// Returns an error if another directory is there, or none.
fn shows_jail(inside: &ExpectedRoot) -> Result<(), ProofFault> {
    let Some((path, jail)) = &inside.host_path else { return Ok(()) };
    let name = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
    match platform::read_path_facts(&name) {
        Ok(is) if is.identity == *jail => Ok(()),
        Ok(is) => {
            Err(ProofFault::HostPath(path.to_owned(), jail.to_string(), is.identity.to_string()))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(unprovable("stat of the host path")(error)),
    }
}

/// Real, effective and saved user are `wanted`.
///
/// # Errors
/// Returns an error if one of them differs.
pub(crate) fn users(wanted: UserId) -> Result<(), ProofFault> {
    let ids = platform::read_ids().map_err(unprovable("getresuid"))?;
    if ids.users.iter().all(|&user| user == wanted) {
        return Ok(());
    }
    Err(ProofFault::Users(wanted.0, ids.users.iter().map(|user| user.0).collect()))
}

/// All group ids are the primary group, and the supplementary ones are those of the account. Systems
/// differ in whether they count the primary group among the others, so sets are compared.
fn groups(run_as: &RunAs) -> Result<(), ProofFault> {
    let ids = platform::read_ids().map_err(unprovable("getresgid"))?;
    let mut have = platform::read_groups().map_err(unprovable("getgroups"))?;
    have.extend(&ids.groups);
    have.sort_unstable();
    have.dedup();
    let wanted = run_as.every_group();
    if have == wanted && ids.groups.iter().all(|&group| group == run_as.group) {
        return Ok(());
    }
    let numbers = |groups: Vec<GroupId>| groups.into_iter().map(|group| group.0).collect();
    Err(ProofFault::Groups(numbers(wanted), numbers(have)))
}

fn no_capabilities() -> Result<(), ProofFault> {
    match platform::read_capabilities().map_err(unprovable("capget"))? {
        Support::Available(left) if !left.is_empty() => Err(ProofFault::Capabilities(left)),
        Support::Available(_) | Support::Unsupported => Ok(()),
    }
}

/// Undoing is tried, not reasoned about: the calls that gave root up may have said yes and done
/// nothing.
fn no_way_back() -> Result<(), ProofFault> {
    if platform::try_regain_root() { Err(ProofFault::Regained) } else { Ok(()) }
}

/// Asked before the entry too, when procfs could be: inside a system may have no answer left.
fn has_one_thread() -> Result<(), ProofFault> {
    match platform::count_threads() {
        Ok(Support::Available(Threads::Several(_))) => Err(ProofFault::Threads),
        Ok(Support::Available(Threads::One) | Support::Unsupported) | Err(_) => Ok(()),
    }
}

fn identity(path: &CStr, call: &'static str) -> Result<Identity, ProofFault> {
    platform::read_path_facts(path).map(|facts| facts.identity).map_err(unprovable(call))
}

fn unprovable(call: &'static str) -> impl Fn(io::Error) -> ProofFault {
    move |error| ProofFault::Unprovable(call, error)
}
