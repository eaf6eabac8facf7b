//! The entry: what was checked is what is entered, from wherever the server was started, and nothing leads back.

use crate::config::Check;
use crate::platform;
use crate::platform::{FileKind, Support};
use crate::scene::{Played, Scene, as_root, at, check, holds, in_copy_with};
use crate::workplace::{GROUP, USER, Workplace, account, find_jail, to_c};
use std::env::set_current_dir;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::chroot;
use std::path::Path;
use std::process::Command;

pub(crate) const SCENES: &[Scene] = &[
    as_root("a_process_that_enters_is_inside_and_proves_it", enters),
    as_root("a_process_in_a_chroot_already_enters_as_well", enters_from_a_chroot),
    as_root("the_root_is_changed_with_no_directory_open", closes_the_entrance),
    as_root("the_directory_that_is_entered_is_the_one_that_was_checked", enters_what_was_checked),
    as_root("a_jail_that_was_replaced_is_refused", refuses_another),
    as_root("a_process_inside_finds_no_way_back", stays_inside),
    as_root("an_ordinary_user_cannot_enter", needs_root),
    as_root("the_descriptor_of_a_freebsd_jail_is_closed_like_a_directory", closes_jail_descriptor),
];

/// Plays with a jail, which is removed afterwards, and with the descriptors `kept` of this process.
fn with_jail(kept: &[i32], act: impl FnOnce(&Path) -> Result<String, String>) -> Played {
    let place = match Workplace::make() {
        Ok(place) => place,
        Err(error) => return Played::Fails(error),
    };
    let played = match place.make_jail() {
        Ok(jail) => in_copy_with(kept, || act(&jail)),
        Err(error) => Played::Fails(error),
    };
    place.remove();
    played
}

/// Enters as a child does: every step of the entry and the proof. A directory was left open by somebody else.
fn enter(jail: &Path) -> Result<String, String> {
    let leak = fs::File::open("/").map_err(at("/"))?;
    let leaked = leak.as_raw_fd();
    std::mem::forget(leak);
    let entered = find_jail(jail)?.enter(&account()).map_err(|fault| fault.to_string())?;
    let closed: Vec<_> = entered.closed.iter().map(|(fd, kind)| (*fd, kind.as_str())).collect();
    check(closed == [(leaked, "a directory")], || format!("closed: {closed:?}"))?;
    check(Path::new("/inside").exists(), || "\"/inside\" is not there".into())?;
    Ok("entered and proved; an open directory was closed".into())
}

fn enters() -> Played {
    with_jail(&[], enter)
}

/// FreeBSD refuses such a process to chroot while it has a directory open; so it does in a `jail(8)`.
fn enters_from_a_chroot() -> Played {
    with_jail(&[], |jail| {
        let outer = jail.parent().ok_or("no parent")?;
        chroot(outer).map_err(at("the outer chroot"))?;
        set_current_dir("/").map_err(at("chdir"))?;
        match platform::can_users_leave_by_chroot().map_err(at("the sysctl"))? {
            Support::Available(true) => {
                let refused = find_jail(Path::new("/jail")).err().unwrap_or_default();
                check(refused.contains("CHR218"), || format!("not refused: {refused}"))?;
                Ok("refused, as users may chroot here".into())
            }
            _ => enter(Path::new("/jail")),
        }
    })
}

/// The sysctl of FreeBSD refuses a process that has a directory open; elsewhere it is the same order of calls.
fn closes_the_entrance() -> Played {
    with_jail(&[], |jail| {
        let entrance = platform::open_directory(&to_c(jail)).map_err(at("the jail"))?;
        let number = entrance.as_raw_fd();
        platform::change_root(entrance).map_err(|refused| format!("{refused:?}"))?;
        check(!platform::is_open(number), || "the entrance is open".into())?;
        let tolerates = platform::can_chroot_with_open_directories().map_err(at("the sysctl"))?;
        Ok(format!("the kernel tolerates open directories: {tolerates:?}"))
    })
}

fn enters_what_was_checked() -> Played {
    with_jail(&[], |jail| {
        let entrance = platform::open_directory(&to_c(jail)).map_err(at("the jail"))?;
        let checked = platform::read_facts(entrance.as_raw_fd()).map_err(at("fstat"))?.identity;
        // Somebody exchanges the name meanwhile.
        fs::rename(jail, jail.with_extension("moved")).map_err(at("rename"))?;
        fs::create_dir(jail).map_err(at("mkdir"))?;
        platform::change_root(entrance).map_err(|refused| format!("{refused:?}"))?;
        for name in [c"/", c"/..", c"."] {
            let is = platform::read_path_facts(name).map_err(at("stat"))?.identity;
            check(is == checked, || format!("{name:?} is {is}, not {checked}"))?;
        }
        Ok("/, /.. and . are its device and inode, and its name leads to another".into())
    })
}

fn refuses_another() -> Played {
    with_jail(&[], |jail| {
        let checked = find_jail(jail)?;
        fs::rename(jail, jail.with_extension("moved")).map_err(at("rename"))?;
        fs::create_dir(jail).map_err(at("mkdir"))?;
        match checked.enter(&account()) {
            Ok(_) => Err("entered".into()),
            Err(fault) if fault.to_string().contains("CHR402") => Ok("CHR402".into()),
            Err(fault) => Err(fault.to_string()),
        }
    })
}

fn stays_inside() -> Played {
    with_jail(&[], |jail| {
        enter(jail)?;
        for _ in 0..30 {
            set_current_dir("..").map_err(at("chdir"))?;
        }
        let up = Path::new("outside-mark").exists() || Path::new("../outside-mark").exists();
        check(!up, || "\"..\" leads outside".into())?;
        if chroot("/sub").is_ok() {
            // FreeBSD, with security.bsd.unprivileged_chroot=1.
            (0..30).for_each(|_| set_current_dir("..").unwrap_or_default());
            check(!Path::new("outside-mark").exists(), || "a second chroot leads outside".into())?;
        }
        check(!platform::try_regain_root(), || "root was regained".into())?;
        check(platform::set_user(platform::UserId(0)).is_err(), || "setuid(0)".into())?;
        check(platform::set_groups(platform::GroupId(0), &[]).is_err(), || "setgid(0)".into())?;
        let here = platform::open_root().map_err(at("/"))?;
        let again = platform::change_root(here).map_err(|refused| refused.call);
        Ok(format!(
            "neither 30 times \"..\", nor chroot, setuid or setgid; changing the root: {again:?}"
        ))
    })
}

/// Words by which this program is started to enter while it has such a descriptor open.
pub(crate) const HOLDING: &str = "--holding-a-jail";

/// The number that `jail_descriptor.c` gives to it.
const INHERITED: i32 = 77;

/// On FreeBSD 15, a program that has the descriptor of a FreeBSD jail can enter that jail, and so leave ours.
fn closes_jail_descriptor() -> Played {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/platform/jail_descriptor.c");
    let place = match Workplace::make() {
        Ok(place) => place,
        Err(error) => return Played::Fails(error),
    };
    let program = place.path().join("jail_descriptor");
    let compiled = Command::new("cc").arg("-o").arg(&program).arg(source).output();
    let played = if compiled.is_ok_and(|output| output.status.success()) {
        holds(start_holding(&program))
    } else {
        Played::NotRun("only FreeBSD 15 has descriptors of jails".into())
    };
    place.remove();
    played
}

fn start_holding(program: &Path) -> Result<String, String> {
    let this = std::env::current_exe().map_err(at("this program"))?;
    let output = Command::new(program).arg(this).arg(HOLDING).output().map_err(at("start"))?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// Enters while a descriptor of a FreeBSD jail is open.
pub(crate) fn enter_holding() -> Played {
    with_jail(&[INHERITED], |jail| {
        let entered = find_jail(jail)?.enter(&account()).map_err(|fault| fault.to_string())?;
        let closed = entered.closed.iter().find(|(fd, _)| *fd == INHERITED);
        let (_, kind) = closed.ok_or_else(|| format!("closed: {:?}", entered.closed))?;
        check(kind == "a FreeBSD jail", || format!("taken for {kind}"))?;
        Ok("closed before the entry, by its kind in the kernel's list".into())
    })
}

fn needs_root() -> Played {
    with_jail(&[], |jail| {
        let entrance = platform::open_directory(&to_c(jail)).map_err(at("the jail"))?;
        platform::set_groups(GROUP, &[GROUP]).map_err(|refused| format!("{refused:?}"))?;
        platform::set_user(USER).map_err(|refused| format!("{refused:?}"))?;
        match platform::change_root(entrance) {
            Ok(()) => Err("uid 4242 has changed its root".into()),
            Err(refused) => Ok(format!("{}: {}", refused.call, refused.error)),
        }
    })
}
