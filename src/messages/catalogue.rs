//! The catalogue: a row for each message. An id never changes its meaning. `docs/messages.md` and the man page are
//! checked against these rows.
//!
//! The hundreds are the area: 1 the configuration, 2 the path of the jail, 3 the start, 4 the entry of a child, 5 its
//! proof, 6 the contents of the jail, 7 host paths and files that are provided, 8 needs of the children, 9 information.

use crate::messages::Level;
use Level::{Alert, Info, Notice, Refused, Warning};
use Moment::{Configtest, Entry, Proof, Restart, Running, Start};

/// A moment at which a message can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `httpd -t`.
    Configtest,
    /// A start.
    Start,
    /// A restart, graceful or not.
    Restart,
    /// The entry of a child, or of a daemon.
    Entry,
    /// The proof of a child.
    Proof,
    /// While the server runs.
    Running,
}

/// Levels of a message, the usual one first. Each of the others has its condition.
pub(crate) type Levels = &'static [(Level, &'static str)];

/// A row: the id, the moments, the levels, and a title for readers of the source.
pub(crate) type CatalogueRow = (u16, &'static [Moment], Levels, &'static str);

const READ: &[Moment] = &[Configtest, Start, Restart];
const SERVED: &[Moment] = &[Start, Restart];
const ENTRY: &[Moment] = &[Entry];
const PROOF: &[Moment] = &[Proof];
const RUNNING: &[Moment] = &[Running];
const READ_AND_ENTERED: &[Moment] = &[Configtest, Start, Restart, Entry, Proof];

const EMERG: Levels = &[(Refused, "")];
const ALERT: Levels = &[(Alert, "")];
const WARN: Levels = &[(Warning, "")];
const NOTICE: Levels = &[(Notice, "")];
const INFO: Levels = &[(Info, "")];
const EMERG_OR_ALERT: Levels = &[(Refused, ""), (Alert, "in a child")];
const CHECK: Levels = &[(Refused, ""), (Warning, "with `ChrootCheck warn`"), (Alert, "in a child")];
const AUDIT: Levels = &[(Warning, ""), (Refused, "with `ChrootAudit strict`")];
const MISSING: Levels = &[(Warning, ""), (Refused, "at configtest with `ChrootPreflight strict`")];
const PREFLIGHT: Levels = &[
    (Warning, ""),
    (Refused, "if CHR852 follows, or if `ChrootPreflight strict` is set and requests would fail"),
];
const OUTSIDE: Levels = &[(Notice, ""), (Warning, "if the children can trace such processes")];

/// Every message, by its id.
pub(crate) const CATALOGUE: &[CatalogueRow] = &[
    (101, READ, EMERG, "a directive is set twice"),
    (102, READ, EMERG, "a directive is in a section"),
    (103, READ, EMERG, "the argument cannot be used"),
    (104, READ, EMERG, "the argument is not a word of the directive"),
    (105, READ, EMERG, "a DocumentRoot is neither outside nor inside"),
    (106, READ, EMERG, "ChrootConnect contradicts ChrootHarden off"),
    (112, READ, EMERG, "ChrootProvide would show too much of the host"),
    (113, READ, EMERG, "a path of ChrootProvide cannot be walked"),
    (114, READ, EMERG, "a path of ChrootProvide is a device or a FIFO"),
    (121, READ, EMERG, "a library of ChrootPreload is missing, or no regular file"),
    (122, READ, EMERG, "others than root can change a library of ChrootPreload"),
    (123, READ, EMERG, "a library of ChrootPreload is in the jail"),
    (124, READ, EMERG, "a library of ChrootPreload cannot be loaded"),
    (125, READ, EMERG, "iconv does not know a character set of ChrootPreload"),
    (126, READ, EMERG, "a locale of ChrootPreload is not installed"),
    (127, READ, EMERG, "the system cannot keep a preloaded table"),
    (201, READ, EMERG, "the path leads to the root directory"),
    (202, READ, EMERG, "a component of the path does not exist"),
    (203, READ, EMERG, "a component is not a directory"),
    (204, READ, EMERG, "a component cannot be examined, or was replaced"),
    (205, READ, EMERG, "the path has too many symbolic links"),
    (211, READ_AND_ENTERED, CHECK, "a directory on the path does not belong to root"),
    (212, READ_AND_ENTERED, CHECK, "a directory on the path is writable by its group"),
    (213, READ_AND_ENTERED, CHECK, "a directory on the path is writable by everybody"),
    (214, READ_AND_ENTERED, CHECK, "an access control list lets others write"),
    (215, READ_AND_ENTERED, CHECK, "the run-as user can write to the root of the jail"),
    (216, SERVED, INFO, "the file system is mounted without nosuid or nodev"),
    (217, READ_AND_ENTERED, CHECK, "an access control list cannot be read"),
    (218, READ_AND_ENTERED, CHECK, "a program in the jail could leave it by a chroot"),
    (301, READ, &[(Refused, ""), (Warning, "at configtest")], "httpd was not started by root"),
    (302, READ, EMERG, "User is root or unset, or Group is unset"),
    (303, READ, EMERG, "the groups of User cannot be looked up"),
    (304, READ, EMERG, "a module keeps the children able to become root"),
    (305, READ, EMERG, "mod_fcgid is loaded and suexec is enabled"),
    (306, READ, WARN, "one process is parent and child (-X)"),
    (307, READ, WARN, "httpd has a known hole that a jail does not cover"),
    (
        308,
        ENTRY,
        &[(Info, ""), (Warning, "of a file on an unknown file system")],
        "descriptors that lead out were closed",
    ),
    (309, SERVED, EMERG, "the process manager of mod_fcgid would not be jailed"),
    (310, &[Start, Restart, Entry], EMERG_OR_ALERT, "the served configuration was not read"),
    (311, SERVED, EMERG, "httpd was called to stop a server, and starts one"),
    (312, READ, EMERG, "processes of a module handle requests outside"),
    (313, SERVED, EMERG, "a process that was started stays outside"),
    (
        314,
        &[Start, Restart, Running],
        &[(Refused, ""), (Alert, "while the server runs")],
        "it cannot be seen whether a process stays outside",
    ),
    (315, READ, EMERG, "the daemons of mod_wsgi cannot be made to enter"),
    (316, READ, EMERG, "chroot= of a WSGIDaemonProcess is not the jail"),
    (317, SERVED, EMERG, "a daemon of mod_wsgi could not enter when that was tried"),
    (318, ENTRY, ALERT, "a daemon of mod_wsgi was ended"),
    (319, &[Running], ALERT, "a copy of httpd was outside, and was ended"),
    (320, READ, WARN, "processes of a module are permitted outside"),
    (321, READ, WARN, "a module that is permitted outside is not loaded"),
    (322, &[Configtest, Start], WARN, "chroot= of a WSGIDaemonProcess is left out"),
    (401, ENTRY, ALERT, "a system call of the entry failed"),
    (402, ENTRY, ALERT, "the path leads to another directory than at start"),
    (403, ENTRY, ALERT, "the list of open descriptors is not complete"),
    (404, ENTRY, ALERT, "descriptors above the limit cannot be closed"),
    (405, ENTRY, ALERT, "a child has more threads than one"),
    (406, ENTRY, ALERT, "the number of threads is unknown"),
    (407, ENTRY, ALERT, "the terminal cannot be given up"),
    (408, ENTRY, ALERT, "a log is written to a terminal"),
    (411, ENTRY, ALERT, "a measure that worked at start does not work in a child"),
    (412, READ, EMERG, "a measure of ChrootHarden full is not available"),
    (413, READ, EMERG, "measures of hardening cannot be tried"),
    (414, READ, EMERG, "a measure that ChrootConnect needs is not available"),
    (501, PROOF, ALERT, "the root directory is another one, or cannot be proved"),
    (502, PROOF, ALERT, "the parent of the root directory is another one"),
    (503, PROOF, ALERT, "the user ids are wrong"),
    (504, PROOF, ALERT, "the groups are wrong"),
    (505, PROOF, ALERT, "capabilities are left"),
    (506, PROOF, ALERT, "the child could become root again"),
    (507, PROOF, ALERT, "a descriptor is an open directory"),
    (508, PROOF, ALERT, "the working directory is not the root directory"),
    (509, PROOF, ALERT, "a child was made ready without entering"),
    (510, PROOF, ALERT, "the jail is not at its host path"),
    (511, READ_AND_ENTERED, EMERG_OR_ALERT, "a measure of hardening is not in force"),
    (512, PROOF, ALERT, "there are more threads than one"),
    (513, PROOF, ALERT, "a descriptor is open that was not before"),
    (514, PROOF, ALERT, "a descriptor is a terminal"),
    (
        599,
        &[Configtest, Start, Restart, Entry, Proof, Running],
        EMERG_OR_ALERT,
        "the module has a bug",
    ),
    (601, READ, AUDIT, "a device"),
    (602, READ, AUDIT, "a set-uid or set-gid program"),
    (603, READ, AUDIT, "a program with capabilities"),
    (604, READ, AUDIT, "a file that has names outside"),
    (605, READ, AUDIT, "a socket of another user"),
    (606, READ, AUDIT, "a file system that shows or changes the system"),
    (607, READ, AUDIT, "a symbolic link that leads nowhere, or out"),
    (608, READ, AUDIT, "a part of the system that the children can change"),
    (609, READ, AUDIT, "a file that the server keeps for itself"),
    (631, READ, WARN, "the time of the search was up"),
    (
        632,
        READ,
        &[(Warning, ""), (Refused, "of the jail itself")],
        "a file, or the jail, cannot be searched",
    ),
    (633, READ, WARN, "file capabilities were not looked for"),
    (634, READ, EMERG, "the jail holds findings, under strict"),
    (635, READ, WARN, "files with several names were not all counted"),
    (636, READ, EMERG, "the jail was not searched to the end, under strict"),
    (637, READ, AUDIT, "the search did not end"),
    (646, READ, PREFLIGHT, "a link in a directory that is served leads out"),
    (647, READ, PREFLIGHT, "a program has a set-id bit"),
    (648, READ, PREFLIGHT, "Passenger's sockets are in /tmp"),
    (701, READ, EMERG, "there are no private mounts for a view"),
    (702, READ, EMERG, "the directory for views cannot be used"),
    (703, READ, EMERG, "a system call about mounts failed"),
    (
        704,
        READ,
        &[(Refused, ""), (Warning, "of a socket of a daemon")],
        "a file cannot be shown in the view",
    ),
    (705, READ, EMERG, "a file or directory cannot be read"),
    (711, READ, EMERG, "the place of the link is taken"),
    (712, READ, EMERG, "a directory on the path to a place is not root's alone"),
    (713, READ, EMERG, "a file cannot be created in the jail"),
    (714, READ, EMERG, "a path cannot be copied"),
    (715, READ, WARN, "a path is left out, for the server's own file in it"),
    (716, READ, WARN, "a path shows a file that the server keeps for itself"),
    (717, READ, WARN, "a file is not copied, because User cannot read it"),
    (718, READ, WARN, "copies are left in a jail that others can change"),
    (
        719,
        READ,
        &[(Info, ""), (Warning, "of a socket of another program")],
        "of a directory only the socket is shown",
    ),
    (721, READ, EMERG, "a file of a program is not root's alone"),
    (722, READ, EMERG, "a program is in the jail"),
    (723, READ, EMERG, "a program is no regular file"),
    (724, READ, EMERG, "a file of a program cannot be examined"),
    (725, READ, INFO, "modules of a program are not provided"),
    (726, READ, WARN, "an interpreter did not print its directories"),
    (727, READ, INFO, "a library of a program is not on the host"),
    (728, READ, EMERG, "a path of the configuration does not answer"),
    (729, READ, MISSING, "a path of ChrootProvide does not exist"),
    (730, RUNNING, NOTICE, "a path exists on the host now, and is provided"),
    (731, RUNNING, INFO, "a path was replaced on the host, and the new one is provided"),
    (732, RUNNING, NOTICE, "a path is gone from the host, and is provided no longer"),
    (733, RUNNING, WARN, "a change on the host has no effect inside"),
    (734, READ, EMERG, "a path leads through a link that children can replace"),
    (741, READ, EMERG, "the jail holds links and copies of another server"),
    (742, READ, WARN, "a path is left out, because every user can decide what is there"),
    (743, READ, NOTICE, "a path is shown from a directory in which every user can make files"),
    (744, READ, WARN, "a path cannot be shown in a private directory"),
    (745, RUNNING, INFO, "old files were removed from the private /tmp"),
    (746, RUNNING, WARN, "old files cannot be removed from the private /tmp"),
    (801, READ, PREFLIGHT, "a file does not exist for the children"),
    (802, READ, PREFLIGHT, "the children may not use a file"),
    (803, READ, PREFLIGHT, "the children cannot write to a file"),
    (804, READ, PREFLIGHT, "a file is of another type"),
    (805, READ, PREFLIGHT, "an interpreter is not inside"),
    (806, READ, PREFLIGHT, "a loader or a library is not inside"),
    (807, READ, PREFLIGHT, "a host name is unknown inside"),
    (808, READ, PREFLIGHT, "names of users are unknown inside"),
    (809, READ, PREFLIGHT, "no directory for temporary files"),
    (821, READ, PREFLIGHT, "a Mutex uses a lock file, which children cannot open"),
    (822, READ, PREFLIGHT, "mod_md manages a certificate"),
    (823, READ, PREFLIGHT, "suexec is not inside"),
    (825, READ, PREFLIGHT, "SecChrootDir jails the parent too"),
    (826, READ, PREFLIGHT, "symbolic links are not followed"),
    (827, READ, PREFLIGHT, "a backend names files that a child sends"),
    (828, READ, PREFLIGHT, "a FastCGI backend receives inside paths"),
    (829, READ, PREFLIGHT, "a section for a host path has no effect"),
    (830, READ, PREFLIGHT, "CacheFile or MMapFile names a file outside"),
    (831, READ, PREFLIGHT, "a database library reads its own settings"),
    (832, READ, PREFLIGHT, "a daemon of mod_wsgi needs a home directory"),
    (841, &[Running], WARN, "an .htaccess file is a link that leads nowhere inside"),
    (850, &[Running], ALERT, "children end before they could serve, one after the other"),
    (851, SERVED, EMERG, "a trial child ended before it could serve, under strict"),
    (852, READ, EMERG, "access would be allowed that is denied, or every child would end"),
    (853, READ, PREFLIGHT, "an .htaccess file is a link that will lead nowhere inside"),
    (854, READ, WARN, "the name service did not answer for ChrootProvide users"),
    (891, READ, EMERG, "requests would fail, under strict"),
    (
        892,
        READ,
        &[(Warning, ""), (Refused, "with `ChrootPreflight strict`")],
        "nothing could be tried",
    ),
    (893, READ, WARN, "not everything was tried"),
    (894, READ, EMERG, "a trial could not enter the jail"),
    (895, READ, WARN, "a file with settings of PHP is ignored"),
    (896, &[Configtest, Start], EMERG, "not everything was tried, under strict"),
    (901, SERVED, NOTICE, "the jail is ready"),
    (902, SERVED, NOTICE, "no jail is configured"),
    (903, SERVED, NOTICE, "how host paths are kept valid"),
    (911, SERVED, NOTICE, "how the children are hardened"),
    (913, SERVED, NOTICE, "the process manager of mod_fcgid is not hardened"),
    (914, SERVED, INFO, "a process may enter with directories open"),
    (921, SERVED, OUTSIDE, "the run-as user has processes outside"),
    (922, SERVED, OUTSIDE, "it is unknown whether there are such processes"),
    (931, READ, INFO, "the jail was searched to the end"),
    (932, READ, INFO, "other file systems were not searched"),
    (940, SERVED, WARN, "the server learns, and is not in the jail"),
    (941, SERVED, INFO, "list of libraries, tables and names that were loaded before entry"),
    (942, SERVED, INFO, "something could not be loaded before entry"),
    (943, READ, EMERG, "nothing can be learned here"),
    (944, &[Running], ALERT, "the process that watches the children has ended"),
    (945, &[Running], NOTICE, "the result of learning is written"),
    (946, &[Running], WARN, "the result of learning is not good yet"),
    (947, &[Running], WARN, "some calls could not be recorded"),
    (948, SERVED, WARN, "the children are watched in the jail"),
    (949, ENTRY, ALERT, "a child cannot be watched"),
    (950, &[Configtest], NOTICE, "lines were made of a recording"),
    (951, READ, INFO, "result of the preflight"),
    (980, READ, EMERG, "a filter around httpd ends processes that make a call of the module"),
];

/// The levels of the message `id`.
pub(crate) fn levels(id: u16) -> Levels {
    let row = CATALOGUE.iter().find(|(row, ..)| *row == id);
    row.map_or(EMERG_OR_ALERT, |(_, _, levels, _)| levels)
}

/// Whether `level` is one of those of the message `id`.
pub(crate) fn has_level(id: u16, level: Level) -> bool {
    levels(id).iter().any(|(allowed, _)| *allowed == level)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
