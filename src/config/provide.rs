//! `ChrootProvide`: what of the host is within reach inside the jail.

use crate::config::ParsedDirective;
use crate::messages::{Fault, Place, SettingFault};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Things that belong together, by the name of what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ProvideSet {
    /// Name resolution.
    Dns,
    /// The local time zone, and all others.
    Timezone,
    /// The certificates of public certificate authorities.
    Ca,
    /// Private temporary directories.
    Tmp,
    /// `null`, `zero`, `full`, `random`, `urandom`.
    Devices,
    /// The directories of the Unix sockets that the configuration names.
    Sockets,
    /// What `Alias` and `ScriptAlias` serve of the system's own directories.
    Aliases,
    /// The files that the configuration says children will open.
    Config,
    /// The names of users and groups.
    Users,
    /// The system log.
    Syslog,
}

impl ProvideSet {
    /// All of them, in the order of the documentation.
    pub(crate) const ALL: [Self; 10] = [
        Self::Dns,
        Self::Timezone,
        Self::Ca,
        Self::Tmp,
        Self::Devices,
        Self::Sockets,
        Self::Aliases,
        Self::Config,
        Self::Users,
        Self::Syslog,
    ];

    /// Those that tell nobody what is not served anyway, and are there in a view without being asked for.
    pub(crate) const HARMLESS: [Self; 7] = [
        Self::Dns,
        Self::Timezone,
        Self::Ca,
        Self::Tmp,
        Self::Devices,
        Self::Sockets,
        Self::Aliases,
    ];

    /// Its word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Timezone => "timezone",
            Self::Ca => "ca",
            Self::Tmp => "tmp",
            Self::Devices => "devices",
            Self::Sockets => "sockets",
            Self::Aliases => "aliases",
            Self::Config => "config",
            Self::Users => "users",
            Self::Syslog => "syslog",
        }
    }
}

/// One thing that is to be within reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProvideItem {
    /// A set.
    Set(ProvideSet),
    /// A path of the host, under the same path inside.
    Path {
        /// Absolute.
        path: PathBuf,
        /// Whether it may be written to, as far as its own permissions allow.
        writable: bool,
    },
    /// A program with what it needs to run.
    Program(PathBuf),
}

/// All that is to be within reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Provide {
    /// Whether `none` drops what would be there without being asked for.
    pub nothing_unasked: bool,
    /// What is asked for, and where.
    pub asked: Vec<(ProvideItem, Place)>,
}

impl Provide {
    /// What is to be there, in a view or not: only in a view is anything there unasked.
    pub(crate) fn items(&self, in_view: bool) -> Vec<(ProvideItem, Option<&Place>)> {
        let unasked =
            if in_view && !self.nothing_unasked { &ProvideSet::HARMLESS[..] } else { &[] };
        let unasked = unasked.iter().map(|&set| (ProvideItem::Set(set), None));
        let mut items: Vec<(ProvideItem, Option<&Place>)> = Vec::new();
        for (item, place) in
            unasked.chain(self.asked.iter().map(|(item, place)| (item.clone(), Some(place))))
        {
            // What is asked for by name has a place, also if it would be there unasked.
            match items.iter_mut().find(|(other, _)| *other == item) {
                Some((_, known)) => *known = known.or(place),
                None => items.push((item, place)),
            }
        }
        items
    }
}

/// What all directives ask for together: they add up.
///
/// # Errors
/// No word, a word that is no set, a path that is not absolute or would show too much of the host.
pub(super) fn read<'a>(all: impl Iterator<Item = &'a ParsedDirective>) -> Result<Provide, Fault> {
    let mut provide = Provide::default();
    for written in all {
        if written.words.is_empty() {
            return Err(written.fault(SettingFault::Words(0)));
        }
        for word in &written.words {
            match item(word) {
                Ok(Some(item)) => provide.asked.push((item, written.place.clone())),
                Ok(None) => provide.nothing_unasked = true,
                Err(why) => {
                    let value = word.to_string_lossy();
                    return Err(Fault::of(written.directive.name(), value, why).at(&written.place));
                }
            }
        }
    }
    Ok(provide)
}

/// What one word means; `None` for `none`.
fn item(word: &OsStr) -> Result<Option<ProvideItem>, SettingFault> {
    let text = word.to_string_lossy();
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    if let Some(set) = ProvideSet::ALL.into_iter().find(|set| text.eq_ignore_ascii_case(set.name()))
    {
        return Ok(Some(ProvideItem::Set(set)));
    }
    let bytes = word.as_bytes();
    if let Some(program) = bytes.strip_prefix(b"program:") {
        return path(program).map(|path| Some(ProvideItem::Program(path)));
    }
    let (writable, bytes) = match bytes.strip_prefix(b"rw:") {
        Some(bytes) => (true, bytes),
        None => (false, bytes),
    };
    if !writable && !bytes.starts_with(b"/") {
        let known = ProvideSet::ALL.iter().map(|set| set.name());
        return Err(SettingFault::Unknown(
            known.chain(["none", "/path", "rw:/path", "program:/path"]).collect(),
        ));
    }
    path(bytes).map(|path| Some(ProvideItem::Path { path, writable }))
}

fn path(bytes: &[u8]) -> Result<PathBuf, SettingFault> {
    if bytes.first() != Some(&b'/') || bytes.contains(&0) {
        return Err(SettingFault::NotAbsolute);
    }
    let path = lexically_clean(bytes);
    match exposes(&path) {
        Some(what) => Err(SettingFault::Exposes(what.into())),
        None => Ok(path),
    }
}

/// Without `.`, `..` and doubled slashes. A path that needs more than that is the kernel's to judge.
fn lexically_clean(bytes: &[u8]) -> PathBuf {
    let mut names = Vec::new();
    for component in crate::path::components(bytes) {
        match component {
            crate::path::Component::Up => drop(names.pop()),
            crate::path::Component::Name(name) => names.push(name),
        }
    }
    crate::path::joined(&names)
}

/// What nobody in a jail should see as a whole, and what is there.
const TOO_MUCH: [(&str, &str); 9] = [
    ("/", "the whole host"),
    ("/etc", "the host's configuration and keys"),
    ("/root", "root's own files"),
    ("/proc", "the processes outside"),
    ("/sys", "the kernel's settings"),
    ("/dev", "the host's devices"),
    ("/run", "the sockets of the host's services"),
    ("/var/run", "the sockets of the host's services"),
    ("/boot", "the host's kernel"),
];

/// The paths of [`exposes`], so that they are known again under another name.
pub(crate) fn exposed() -> impl Iterator<Item = (&'static Path, &'static str)> {
    TOO_MUCH.iter().map(|&(path, what)| (Path::new(path), what))
}

/// What would come within reach with `path` as a whole that nobody in a jail should see.
pub(crate) fn exposes(path: &Path) -> Option<&'static str> {
    let much = |(much, _): &&(&str, &str)| {
        // Of what the kernel makes up, no part is harmless.
        let whole = matches!(*much, "/proc" | "/sys");
        Path::new(much) == path || (whole && path.starts_with(much))
    };
    TOO_MUCH.iter().find(much).map(|&(_, what)| what)
}
