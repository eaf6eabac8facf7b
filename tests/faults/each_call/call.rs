//! System calls by name, and what is to be answered to one of them.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::sync::OnceLock;

/// A system call, or one operation of a call that has many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// Its name, as strace and section 2 of the manual have it.
    pub(crate) name: String,
    /// The number of the operation.
    pub(crate) operation: Option<u32>,
}

/// The calls of which each operation is a call of its own, and the place of the word that says which.
const WITH_OPERATIONS: [(&str, usize); 6] = [
    ("prctl", 0),
    ("keyctl", 0),
    ("fcntl", 1),
    ("ioctl", 1),
    ("fsconfig", 1),
    ("landlock_create_ruleset", 2),
];

/// Names of operations, for readers. An operation without a name is shown as its number.
const OPERATIONS: [(&str, u32, &str); 26] = [
    ("prctl", 1, "PR_SET_PDEATHSIG"),
    ("prctl", 3, "PR_GET_DUMPABLE"),
    ("prctl", 4, "PR_SET_DUMPABLE"),
    ("prctl", 15, "PR_SET_NAME"),
    ("prctl", 22, "PR_SET_SECCOMP"),
    ("prctl", 23, "PR_CAPBSET_READ"),
    ("prctl", 24, "PR_CAPBSET_DROP"),
    ("prctl", 38, "PR_SET_NO_NEW_PRIVS"),
    ("prctl", 39, "PR_GET_NO_NEW_PRIVS"),
    ("prctl", 47, "PR_CAP_AMBIENT"),
    ("keyctl", 0, "KEYCTL_GET_KEYRING_ID"),
    ("keyctl", 1, "KEYCTL_JOIN_SESSION_KEYRING"),
    ("keyctl", 6, "KEYCTL_DESCRIBE"),
    ("fcntl", 1, "F_GETFD"),
    ("fcntl", 2, "F_SETFD"),
    ("fcntl", 3, "F_GETFL"),
    ("fcntl", 4, "F_SETFL"),
    ("fcntl", 1030, "F_DUPFD_CLOEXEC"),
    ("ioctl", 0x5401, "TCGETS"),
    ("ioctl", 0x5412, "TIOCSTI"),
    ("ioctl", 0x541c, "TIOCLINUX"),
    ("ioctl", 0x5422, "TIOCNOTTY"),
    ("fsconfig", 1, "FSCONFIG_SET_STRING"),
    ("fsconfig", 6, "FSCONFIG_CMD_CREATE"),
    ("landlock_create_ruleset", 0, "a ruleset"),
    ("landlock_create_ruleset", 1, "LANDLOCK_CREATE_RULESET_VERSION"),
];

impl Call {
    /// The call of a line of `strace -X raw`, from the name on: `prctl(0x18, 0) = 0`. Nothing for another line.
    pub(crate) fn of_trace(line: &str) -> Option<Call> {
        let (name, words) = line.split_once('(')?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_name) {
            return None;
        }
        let place = WITH_OPERATIONS.iter().find(|(known, _)| *known == name).map(|(_, at)| *at);
        let operation = place.map(|at| number(word(words, at)).unwrap_or(0));
        Some(Call { name: name.to_owned(), operation })
    }

    /// The call that a text names, as [`Call`] is shown.
    pub(crate) fn named(text: &str) -> Option<Call> {
        let Some((name, operation)) = text.split_once('(') else {
            return Some(Call { name: text.to_owned(), operation: None });
        };
        let operation = operation.strip_suffix(')')?;
        let known = OPERATIONS.iter().find(|(call, _, word)| *call == name && *word == operation);
        let number = known.map(|(_, number, _)| *number).or_else(|| number(operation))?;
        Some(Call { name: name.to_owned(), operation: Some(number) })
    }

    /// Its number on this machine; nothing where there is no such call.
    pub(crate) fn number(&self) -> Option<u32> {
        numbers().get(&self.name).copied()
    }

    /// The place of the word that says which operation it is.
    pub(crate) fn word(&self) -> Option<usize> {
        WITH_OPERATIONS.iter().find(|(name, _)| *name == self.name).map(|(_, at)| *at)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(operation) = self.operation else { return f.write_str(&self.name) };
        let is_it =
            |(call, number, _): &&(&str, u32, &str)| *call == self.name && *number == operation;
        match OPERATIONS.iter().find(is_it) {
            Some((.., word)) => write!(f, "{}({word})", self.name),
            None => write!(f, "{}({operation:#x})", self.name),
        }
    }
}

/// The word at a place of a call's words, in which structures are in braces and texts in quotes.
fn word(words: &str, place: usize) -> &str {
    let (mut depth, mut is_text, mut at, mut begin) = (0, false, 0, 0);
    for (index, byte) in words.bytes().enumerate() {
        match byte {
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' | b')' | b'<' if depth == 0 => {
                if at == place || byte != b',' {
                    return words[begin..index].trim();
                }
                (at, begin) = (at + 1, index + 1);
            }
            _ => {}
        }
    }
    ""
}

fn number(word: &str) -> Option<u32> {
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(|number| number as u32),
        None => word.parse::<i64>().ok().map(|number| number as u32),
    }
}

/// The numbers that the C library's header has for this machine.
fn numbers() -> &'static BTreeMap<String, u32> {
    static KNOWN: OnceLock<BTreeMap<String, u32>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let words = "echo '#include <sys/syscall.h>' | cc -E -dM -x c -";
        let output = Command::new("sh").args(["-c", words]).output().expect("cc");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let defined: BTreeMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("#define ")?.split_once(' '))
            .collect();
        let named = defined.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix("__NR_")?.to_owned(), resolved(&defined, value)?))
        });
        let numbers: BTreeMap<_, _> = named.collect();
        assert!(numbers.contains_key("openat"), "{output:?}");
        numbers
    })
}

/// A number of the header. A name may be defined as another one, and that as a number.
fn resolved<'a>(defined: &BTreeMap<&'a str, &'a str>, mut word: &'a str) -> Option<u32> {
    for _ in 0..4 {
        match word.trim().parse() {
            Ok(number) => return Some(number),
            Err(_) => word = defined.get(word.trim())?,
        }
    }
    None
}

/// What is answered instead of doing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// `EPERM`.
    Refused,
    /// `ENOSYS`: this kernel has no such call.
    Unknown,
    /// 0: success, and nothing is done.
    Lie,
}

impl Answer {
    /// All of them, in the order of the table's columns.
    pub(crate) const ALL: [Answer; 3] = [Answer::Refused, Answer::Unknown, Answer::Lie];

    /// The number that is answered, as errno has it.
    pub(crate) fn errno(self) -> u32 {
        match self {
            Answer::Refused => 1,
            Answer::Unknown => 38,
            Answer::Lie => 0,
        }
    }
}

/// From when on the call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Before the first configuration is checked.
    Configuration,
    /// When the logs are open, before anything is made ready for children.
    Logs,
    /// In each process that is to give up root, before it does.
    Entry,
}

impl Moment {
    /// The word of tests/shims/one_call.c.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Moment::Configuration => "configuration",
            Moment::Logs => "logs",
            Moment::Entry => "entry",
        }
    }

    /// The next one, at which less of httpd itself is concerned.
    pub(crate) fn next(self) -> Option<Moment> {
        match self {
            Moment::Configuration => Some(Moment::Logs),
            Moment::Logs => Some(Moment::Entry),
            Moment::Entry => None,
        }
    }
}

/// A call that goes wrong from one moment on, and in one way; or two that belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Which, and what is answered to each.
    pub(crate) calls: Vec<(Call, Answer)>,
    /// From when on.
    pub(crate) from: Moment,
}

impl Fault {
    /// Whether one of these calls goes wrong.
    pub(crate) fn concerns(&self, names: &[&str]) -> bool {
        self.calls.iter().any(|(call, _)| names.contains(&call.name.as_str()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = self.calls.iter().map(|(call, answer)| format!("{call} answers {answer:?}"));
        let calls = calls.collect::<Vec<_>>().join(", ");
        write!(f, "{calls}, from the {} on", self.from.word())
    }
}
