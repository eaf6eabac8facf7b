#![forbid(unsafe_code)]
//! Proves that the calling process is jailed: asks for the state instead of trusting what the
//! calls that made it have returned.

use crate::fault::ProofFault;
use crate::jail::RunAs;
use crate::platform::{self, GroupId, Identity, Presence, UserId};
use std::ffi::CStr;
use std::io;
use std::os::fd::RawFd;

/// Every property of a jailed process, `descriptors` being what was open when it entered.
///
/// # Errors
/// The first property that does not hold: the process must end.
pub(crate) fn prove(
    jail: Identity,
    run_as: &RunAs,
    descriptors: &[RawFd],
) -> Result<(), ProofFault> {
    inside(jail)?;
    users(run_as.user)?;
    groups(run_as)?;
    no_capabilities()?;
    no_way_back()?;
    no_directory_open(descriptors)
}

/// Root is the jail, nothing is above it, and the working directory is there.
///
/// # Errors
/// One of the three is another directory.
pub(crate) fn inside(jail: Identity) -> Result<(), ProofFault> {
    let (wanted, is) = (|| jail.to_string(), |is: Identity| is.to_string());
    match identity(c"/", "stat(\"/\")")? {
        root if root != jail => return Err(ProofFault::Root(wanted(), is(root))),
        _ => {}
    }
    match identity(c"/..", "stat(\"/..\")")? {
        parent if parent != jail => return Err(ProofFault::Parent(wanted(), is(parent))),
        _ => {}
    }
    match identity(c".", "stat(\".\")")? {
        cwd if cwd != jail => Err(ProofFault::Cwd(is(cwd))),
        _ => Ok(()),
    }
}

/// Real, effective and saved user are `wanted`.
///
/// # Errors
/// One of them is another.
pub(crate) fn users(wanted: UserId) -> Result<(), ProofFault> {
    let ids = platform::ids().map_err(unprovable("getresuid"))?;
    if ids.users.iter().all(|&user| user == wanted) {
        return Ok(());
    }
    Err(ProofFault::Users(wanted.0, ids.users.iter().map(|user| user.0).collect()))
}

/// All group ids are the primary group, and the supplementary ones are the wanted ones. Systems
/// differ in whether they count the primary group among the others, so sets are compared.
fn groups(run_as: &RunAs) -> Result<(), ProofFault> {
    let ids = platform::ids().map_err(unprovable("getresgid"))?;
    let mut have = platform::groups().map_err(unprovable("getgroups"))?;
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
    match platform::capabilities().map_err(unprovable("capget"))? {
        Presence::Present(left) if !left.none() => Err(ProofFault::Capabilities(left)),
        Presence::Present(_) | Presence::Absent => Ok(()),
    }
}

/// Undoing is tried, not reasoned about: the calls that gave root up may have said yes and done
/// nothing.
fn no_way_back() -> Result<(), ProofFault> {
    if platform::regain_root() { Err(ProofFault::Regained) } else { Ok(()) }
}

fn no_directory_open(descriptors: &[RawFd]) -> Result<(), ProofFault> {
    for &fd in descriptors {
        if platform::is_directory(fd).map_err(unprovable("fstat"))? {
            return Err(ProofFault::Descriptor(fd));
        }
    }
    Ok(())
}

fn identity(path: &CStr, call: &'static str) -> Result<Identity, ProofFault> {
    platform::facts_of_path(path).map(|facts| facts.identity).map_err(unprovable(call))
}

fn unprovable(call: &'static str) -> impl Fn(io::Error) -> ProofFault {
    move |error| ProofFault::Unprovable(call, error)
}
