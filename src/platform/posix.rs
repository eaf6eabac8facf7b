//! What the four systems do alike.

use super::{Refused, imp};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A user id; never `-1`, which the calls below read as "leave as it is".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserId(pub(crate) libc::uid_t);

/// A group id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) libc::gid_t);

/// Which file this is, however it is named: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {:#x}, inode {}", self.device, self.inode)
    }
}

/// What kind of file a path component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A directory.
    Directory,
    /// A symbolic link, not followed.
    Link,
    /// A regular file.
    File,
    /// A device, FIFO, socket or what else the system knows.
    Other,
}

/// What `fstat` tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Which file.
    pub identity: Identity,
    /// What kind of file.
    pub kind: Kind,
    /// Whose it is.
    pub owner: UserId,
    /// The group that its group bits are for.
    pub group: GroupId,
    /// The mode bits, without the kind.
    pub mode: u32,
}

/// Real, effective and (where a system tells it) saved ids of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ids {
    /// The user ids: real, effective, and saved where the system can be asked.
    pub users: Vec<UserId>,
    /// The group ids, likewise.
    pub groups: Vec<GroupId>,
}

/// Turns the `-1` of a C call into its `errno`.
pub(super) fn check(answer: libc::c_int) -> io::Result<libc::c_int> {
    if answer == -1 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// Opens the root directory of this process for walking down from it.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn open_root() -> io::Result<OwnedFd> {
    // SAFETY: the path is a literal that ends in NUL, and openat reads nothing else of ours.
    own(unsafe { libc::openat(libc::AT_FDCWD, c"/".as_ptr(), FLAGS) })
}

/// Opens the directory `name` in `parent`; a symbolic link is not followed.
///
/// # Errors
/// `ELOOP` or `ENOTDIR` for a symbolic link, `ENOTDIR` for any other file, `ENOENT`, `EACCES`.
pub(crate) fn open_directory_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<OwnedFd> {
    // SAFETY: `parent` is open for as long as it is borrowed, and a CStr ends in NUL.
    own(unsafe { libc::openat(parent.as_raw_fd(), name.as_ptr(), FLAGS) })
}

const FLAGS: libc::c_int = imp::WALK | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;

fn own(answer: libc::c_int) -> io::Result<OwnedFd> {
    let fd = check(answer)?;
    // SAFETY: openat has just returned this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What kind of file `fd` is, and which one. Takes a bare number, because it also judges
/// descriptors that belong to others; a closed one answers `EBADF`.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn facts(fd: RawFd) -> io::Result<Facts> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: fstat writes one `struct stat` where the pointer says, or fails; a number that is
    // no descriptor is an error, not undefined.
    check(unsafe { libc::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: fstat has succeeded, so the structure is written.
    Ok(facts_from(&unsafe { stat.assume_init() }))
}

/// Whether `fd` is an open directory; a closed descriptor is none.
///
/// # Errors
/// The failing call's `errno`: what cannot be told is not taken for harmless.
pub(crate) fn is_directory(fd: RawFd) -> io::Result<bool> {
    match facts(fd) {
        Ok(facts) => Ok(facts.kind == Kind::Directory),
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same as [`facts`] for `name` in `parent`; a symbolic link is not followed.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn facts_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Facts> {
    stat_at(parent.as_raw_fd(), name, libc::AT_SYMLINK_NOFOLLOW)
}

/// The same for a path as this process sees it. Only for proofs: what is to be used is opened.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn facts_of_path(path: &CStr) -> io::Result<Facts> {
    stat_at(libc::AT_FDCWD, path, 0)
}

fn stat_at(parent: RawFd, name: &CStr, flags: libc::c_int) -> io::Result<Facts> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: a CStr ends in NUL, and fstatat writes one `struct stat` or fails.
    check(unsafe { libc::fstatat(parent, name.as_ptr(), stat.as_mut_ptr(), flags) })?;
    // SAFETY: fstatat has succeeded, so the structure is written.
    Ok(facts_from(&unsafe { stat.assume_init() }))
}

#[allow(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    clippy::useless_conversion,
    reason = "dev_t, ino_t and mode_t differ in width and sign between the systems; all 64 bits are kept"
)]
fn facts_from(stat: &libc::stat) -> Facts {
    let kind = match stat.st_mode & libc::S_IFMT {
        libc::S_IFDIR => Kind::Directory,
        libc::S_IFLNK => Kind::Link,
        libc::S_IFREG => Kind::File,
        _ => Kind::Other,
    };
    Facts {
        identity: Identity { device: stat.st_dev as u64, inode: stat.st_ino as u64 },
        kind,
        owner: UserId(stat.st_uid),
        group: GroupId(stat.st_gid),
        mode: u32::from(stat.st_mode) & 0o7777,
    }
}

/// The target of the symbolic link `name` in `parent`, as it is written.
///
/// # Errors
/// The failing call's `errno`; `ENAMETOOLONG` for a target that does not fit a path.
pub(crate) fn read_link_at(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<Vec<u8>> {
    let mut target = vec![0_u8; libc::PATH_MAX as usize];
    // SAFETY: a CStr ends in NUL; readlinkat writes at most `len` bytes into the vector.
    let length = unsafe {
        libc::readlinkat(
            parent.as_raw_fd(),
            name.as_ptr(),
            target.as_mut_ptr().cast(),
            target.len(),
        )
    };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    if length == target.len() {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    target.truncate(length);
    Ok(target)
}

/// Enters the directory behind `jail` by `fchdir` and `chroot(".")`: between the check and the
/// entry no name is looked up again. For systems without an `fchroot` of their own.
///
/// # Errors
/// The call that failed and its `errno`.
#[cfg_attr(target_os = "netbsd", allow(dead_code, reason = "NetBSD has fchroot"))]
pub(super) fn enter_by_fchdir(jail: BorrowedFd<'_>) -> Result<(), Refused> {
    // SAFETY: the descriptor is open for as long as it is borrowed.
    check(unsafe { libc::fchdir(jail.as_raw_fd()) }).map_err(Refused::by("fchdir"))?;
    // SAFETY: the path is a literal that ends in NUL.
    check(unsafe { libc::chroot(c".".as_ptr()) }).map_err(Refused::by("chroot"))?;
    go_to_root()
}

/// Makes the root directory the working directory.
///
/// # Errors
/// The failing call's `errno`.
pub(super) fn go_to_root() -> Result<(), Refused> {
    // SAFETY: the path is a literal that ends in NUL.
    check(unsafe { libc::chdir(c"/".as_ptr()) }).map(drop).map_err(Refused::by("chdir"))
}

/// Whether this process may write to `path`, its effective ids and all lists considered.
///
/// # Errors
/// The failing call's `errno`: what cannot be told is not taken for "no".
pub(crate) fn may_write(path: &CStr) -> io::Result<bool> {
    // SAFETY: a CStr ends in NUL.
    match check(unsafe {
        libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::W_OK, libc::AT_EACCESS)
    }) {
        Ok(_) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Closes a descriptor that belongs to somebody else in this process.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn close(fd: RawFd) -> io::Result<()> {
    // SAFETY: closing a number is always defined; that no one of ours owns it is what the caller
    // promises by naming it.
    check(unsafe { libc::close(fd) }).map(drop)
}

/// The effective user of this process.
pub(crate) fn effective_user() -> UserId {
    // SAFETY: geteuid takes nothing and cannot fail.
    UserId(unsafe { libc::geteuid() })
}

/// The name that `/etc/passwd` and its kin have for `user`; `None` if they know no such user.
///
/// # Errors
/// The lookup's `errno`: the name service could not be asked.
pub(crate) fn user_name(user: UserId) -> io::Result<Option<CString>> {
    let found = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(user.0))?;
    Ok(found.and_then(|user| CString::new(user.name).ok()))
}

/// All groups of the user `name`, `primary` among them, as `initgroups` would set them.
///
/// # Errors
/// `E2BIG` if the list does not end: more groups than any system has.
pub(crate) fn group_list(name: &CStr, primary: GroupId) -> io::Result<Vec<GroupId>> {
    let mut room: libc::c_int = 64;
    while room <= 1 << 20 {
        let mut list: Vec<imp::GroupListEntry> = vec![0; usize::try_from(room).unwrap_or(0)];
        let mut count = room;
        // SAFETY: a CStr ends in NUL; `list` has room for `count` entries, which is what
        // getgrouplist may write.
        let answer = unsafe {
            libc::getgrouplist(
                name.as_ptr(),
                primary.0 as imp::GroupListEntry,
                list.as_mut_ptr(),
                &raw mut count,
            )
        };
        if answer != -1 {
            list.truncate(usize::try_from(count).unwrap_or(0));
            return Ok(list.into_iter().map(|gid| GroupId(gid as libc::gid_t)).collect());
        }
        room = count.max(room.saturating_mul(2));
    }
    Err(io::Error::from_raw_os_error(libc::E2BIG))
}

/// Makes `primary` the real, effective and saved group, and `all` the supplementary groups.
///
/// # Errors
/// The call that failed and its `errno`.
pub(crate) fn become_groups(primary: GroupId, all: &[GroupId]) -> Result<(), Refused> {
    let list: Vec<libc::gid_t> = all.iter().map(|group| group.0).collect();
    // SAFETY: setgid takes a number. As root it sets all three ids.
    check(unsafe { libc::setgid(primary.0) }).map_err(Refused::by("setgid"))?;
    // SAFETY: the pointer and the length are those of one vector that lives here.
    let answer = unsafe { libc::setgroups(list.len() as _, list.as_ptr()) };
    check(answer).map(drop).map_err(Refused::by("setgroups"))
}

/// Makes `user` the real, effective and saved user.
///
/// # Errors
/// The call that failed and its `errno`.
pub(crate) fn become_user(user: UserId) -> Result<(), Refused> {
    // SAFETY: setuid takes a number. As root it sets all three ids.
    check(unsafe { libc::setuid(user.0) }).map(drop).map_err(Refused::by("setuid"))
}

/// Tries in every way to be root again. True if one of them worked: the process must then end.
pub(crate) fn regain_root() -> bool {
    // SAFETY: the calls take numbers; whatever they do to the ids is what is asked here.
    let by_setuid = unsafe { libc::setuid(0) } == 0;
    // SAFETY: as above.
    let by_seteuid = unsafe { libc::seteuid(0) } == 0;
    // SAFETY: as above.
    let by_setreuid = unsafe { libc::setreuid(0, 0) } == 0;
    by_setuid || by_seteuid || by_setreuid || effective_user() == UserId(0)
}

/// The ids of this process.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn ids() -> io::Result<Ids> {
    imp::ids()
}

/// Real and effective ids, for systems that do not tell the saved ones.
#[cfg_attr(
    any(target_os = "linux", target_os = "freebsd"),
    allow(dead_code, reason = "these systems have getresuid")
)]
pub(super) fn real_and_effective_ids() -> Ids {
    // SAFETY: the four calls take nothing and cannot fail.
    let (user, effective_user) = (unsafe { libc::getuid() }, unsafe { libc::geteuid() });
    // SAFETY: as above.
    let (group, effective_group) = (unsafe { libc::getgid() }, unsafe { libc::getegid() });
    Ids {
        users: vec![UserId(user), UserId(effective_user)],
        groups: vec![GroupId(group), GroupId(effective_group)],
    }
}

/// The supplementary groups of this process.
///
/// # Errors
/// The failing call's `errno`.
pub(crate) fn groups() -> io::Result<Vec<GroupId>> {
    // SAFETY: with room for none, getgroups writes nothing and answers how many there are.
    let count = check(unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
    let mut list: Vec<libc::gid_t> = vec![0; usize::try_from(count).unwrap_or(0)];
    // SAFETY: the vector has room for `count` groups.
    let count = check(unsafe { libc::getgroups(count, list.as_mut_ptr()) })?;
    list.truncate(usize::try_from(count).unwrap_or(0));
    Ok(list.into_iter().map(GroupId).collect())
}
