//! Messages about a path to the jail that others than root can change.

use crate::messages::{MessageText, Text, join_list};
use crate::platform::Grantee;
use std::path::{Path, PathBuf};

/// A component that somebody besides root can change, or that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// It belongs to this user.
    Owner(PathBuf, u32),
    /// Its group may write; the mode.
    Group(PathBuf, u32),
    /// Everybody may write; the mode.
    Others(PathBuf, u32),
    /// An access control list lets these write.
    List(PathBuf, Vec<Grantee>),
    /// The run-as user may write, by owner, group, mode or list.
    RunAs(PathBuf, u32),
    /// Its access control list cannot be read.
    Unknown(PathBuf, String),
    /// A program in the jail could leave it by a `chroot` of its own; or the error for which that is unknown.
    SecondChroot(Option<String>),
}

impl Complaint {
    /// All of `complaints` in one text that begins with `first`, each with the words that `text` has for it.
    pub(super) fn join(first: &str, complaints: &[Self], text: impl Fn(&Self) -> Text) -> Text {
        let mut all = complaints.iter().map(text);
        let Text { fact, fix } = all.next().unwrap_or_else(|| Text::without_fix(""));
        let rest: String = all.map(|text| format!("; and {text}")).collect();
        Text::new(format!("{first}{fact}"), fix + &rest)
    }
}

impl MessageText for Complaint {
    fn id(&self) -> u16 {
        match self {
            Self::Owner(..) => 211,
            Self::Group(..) => 212,
            Self::Others(..) => 213,
            Self::List(..) => 214,
            Self::RunAs(..) => 215,
            Self::Unknown(..) => 217,
            Self::SecondChroot(_) => 218,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::Owner(path, uid) => Text::new(
                format!("component \"{}\" belongs to uid {uid}, not to root", path.display()),
                format!("chown root \"{}\", or keep the jail elsewhere", path.display()),
            ),
            Self::Group(path, mode) => Text::new(
                format!(
                    "component \"{}\" is writable by its group (mode {mode:04o})",
                    path.display()
                ),
                format!("chmod g-w \"{}\"", path.display()),
            ),
            Self::Others(path, mode) => others(path, *mode),
            Self::List(path, who) => Text::new(
                format!(
                    "component \"{}\" has an access control list that lets {} write",
                    path.display(),
                    join_list(who)
                ),
                format!("setfacl -b \"{}\" (chmod -N on Darwin)", path.display()),
            ),
            Self::RunAs(path, uid) => Text::new(
                format!(
                    "\"{}\" can be written by the user that the children become (uid {uid})",
                    path.display()
                ),
                format!("chown root \"{0}\" and chmod go-w \"{0}\"", path.display()),
            ),
            Self::Unknown(path, error) => Text::new(
                format!(
                    "component \"{}\" may have an access control list, which cannot be read ({error})",
                    path.display()
                ),
                format!("run getfacl \"{}\" as root, and let root read the list", path.display()),
            ),
            Self::SecondChroot(error) => second_chroot(error.as_deref()),
        }
    }
}

fn second_chroot(error: Option<&str>) -> Text {
    let fact = match error {
        None => "httpd is in a FreeBSD jail or a chroot already, where a program in this jail can leave it by a \
                 chroot of its own (security.bsd.unprivileged_chroot is not 0)"
            .to_owned(),
        Some(error) => {
            format!("it is unknown whether a program in it may chroot, and so leave it ({error})")
        }
    };
    Text::new(fact, "run sysctl security.bsd.unprivileged_chroot=0 on the host")
}

/// Removing the write bit of /tmp would break the machine.
fn others(path: &Path, mode: u32) -> Text {
    let path = path.display();
    let fact = format!("component \"{path}\" is writable by everybody (mode {mode:04o})");
    match mode & 0o1000 {
        0 => Text::new(fact, format!("chmod o-w \"{path}\"")),
        _ => Text::new(fact, "keep the jail elsewhere"),
    }
}

/// All complaints about one path. The id is that of the first.
#[derive(Debug)]
pub(crate) struct SanityFault(pub Vec<Complaint>);

impl MessageText for SanityFault {
    fn id(&self) -> u16 {
        self.0.first().map_or(217, Complaint::id)
    }

    fn text(&self) -> Text {
        let Some((first, others)) = self.0.split_first() else { return Text::without_fix("") };
        let Text { fact, fix } = first.text();
        let one = |other: &Complaint| format!("; and CHR{}: {}", other.id(), other.text());
        Text::new(fact, fix + &others.iter().map(one).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_chroot_is_refused_with_the_sysctl_that_prevents_it() {
        for complaint in
            [Complaint::SecondChroot(None), Complaint::SecondChroot(Some("denied".into()))]
        {
            let fault = SanityFault(vec![complaint]);
            assert_eq!(fault.id(), 218);
            assert!(
                fault.text().fix.contains("security.bsd.unprivileged_chroot=0"),
                "{}",
                fault.text()
            );
        }
    }
}
