//! Questions about the host that remedies ask, answered by another process: a path that somebody in the jail names may
//! hang, and what is at it may change between two looks. The other process judges the failures, and reports each question
//! with its answer; this one judges them by the report.

use crate::platform::{split_records, write_record};
use crate::preflight::verdict_input::Provider;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Exists,
    FindProgram,
    FindLibraries,
    IsFile,
    IsRootsLink,
    IsRootsFile,
    IsRootsScript,
}

impl Question {
    /// The first field of a record.
    fn word(self) -> &'static [u8] {
        match self {
            Self::Exists => b"exists",
            Self::FindProgram => b"program",
            Self::FindLibraries => b"libraries",
            Self::IsFile => b"file",
            Self::IsRootsLink => b"root's link",
            Self::IsRootsFile => b"root's file",
            Self::IsRootsScript => b"root's script",
        }
    }

    /// The question about these things, as a key: it is compared, and never taken apart.
    fn about(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut key = self.word().to_vec();
        for part in parts {
            key.push(b'\n');
            key.extend(part.iter().filter(|&&byte| byte != 0));
        }
        key
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

fn key_of_libraries(loader: &Path, names: &[String]) -> Vec<u8> {
    let parts: Vec<_> =
        [bytes(loader)].into_iter().chain(names.iter().map(String::as_bytes)).collect();
    Question::FindLibraries.about(&parts)
}

/// A host that reports each answer.
pub(crate) struct ReportingHost<'a> {
    host: &'a dyn Provider,
    out: RefCell<&'a mut dyn Write>,
}

impl<'a> ReportingHost<'a> {
    /// The answers of `host` go to `out` as well.
    pub(crate) fn new(host: &'a dyn Provider, out: &'a mut dyn Write) -> Self {
        Self { host, out: RefCell::new(out) }
    }

    /// A reader that is gone gets no further answers, and judges without them.
    fn report(&self, key: &[u8], answer: &[u8]) {
        let _ = write_record(&mut **self.out.borrow_mut(), &[key, answer]);
    }

    fn report_bool(&self, key: &[u8], answer: bool) -> bool {
        self.report(key, if answer { b"1" } else { b"0" });
        answer
    }
}

impl Provider for ReportingHost<'_> {
    fn exists(&self, path: &Path) -> bool {
        self.report_bool(&Question::Exists.about(&[bytes(path)]), self.host.exists(path))
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        let answer = self.host.find_program(named);
        let (sign, text) = match &answer {
            Ok(path) => (b'+', bytes(path)),
            Err(reason) => (b'-', reason.as_bytes()),
        };
        let report = [&[sign], text].concat();
        self.report(&Question::FindProgram.about(&[bytes(named)]), &report);
        answer
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        // A line feed separates the paths.
        let is_plain =
            |paths: &Vec<PathBuf>| paths.iter().all(|path| !bytes(path).contains(&b'\n'));
        let answer = self.host.find_libraries(loader, names).filter(is_plain);
        let report = match &answer {
            Some(paths) => paths.iter().flat_map(|path| [b"\n", bytes(path)].concat()).collect(),
            None => b"-".to_vec(),
        };
        self.report(&key_of_libraries(loader, names), &report);
        answer
    }

    fn is_file(&self, path: &Path) -> bool {
        self.report_bool(&Question::IsFile.about(&[bytes(path)]), self.host.is_file(path))
    }

    fn is_roots_link(&self, path: &Path, target: &Path) -> bool {
        let key = Question::IsRootsLink.about(&[bytes(path), bytes(target)]);
        self.report_bool(&key, self.host.is_roots_link(path, target))
    }

    fn is_roots_file(&self, path: &Path) -> bool {
        self.report_bool(
            &Question::IsRootsFile.about(&[bytes(path)]),
            self.host.is_roots_file(path),
        )
    }

    fn is_roots_script(&self, path: &Path) -> bool {
        self.report_bool(
            &Question::IsRootsScript.about(&[bytes(path)]),
            self.host.is_roots_script(path),
        )
    }
}

/// Answers of a report. A question that is not in it was not answered in time: such a path exists, and nothing else is
/// known about it.
#[derive(Debug, Default)]
pub(crate) struct HostAnswers(BTreeMap<Vec<u8>, Vec<u8>>);

impl HostAnswers {
    /// Reads a report. An incomplete last record is left out.
    pub(crate) fn read(report: &[u8]) -> Self {
        let records = split_records(report).into_iter();
        Self(records.map(|[key, answer]| (key.to_vec(), answer.to_vec())).collect())
    }

    fn find(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice)
    }

    fn is_so(&self, key: &[u8]) -> bool {
        self.find(key) == Some(b"1")
    }
}

impl Provider for HostAnswers {
    fn exists(&self, path: &Path) -> bool {
        self.find(&Question::Exists.about(&[bytes(path)])).is_none_or(|answer| answer == b"1")
    }

    fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
        match self.find(&Question::FindProgram.about(&[bytes(named)])) {
            Some([b'+', path @ ..]) => Ok(OsString::from_vec(path.to_vec()).into()),
            Some([_, reason @ ..]) => Err(String::from_utf8_lossy(reason).into_owned()),
            _ => Err("some of the host does not answer".to_owned()),
        }
    }

    fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
        let answer = self.find(&key_of_libraries(loader, names)).filter(|it| *it != b"-")?;
        let paths = answer.split(|&byte| byte == b'\n').skip(1);
        Some(paths.map(|path| OsString::from_vec(path.to_vec()).into()).collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.is_so(&Question::IsFile.about(&[bytes(path)]))
    }

    fn is_roots_link(&self, path: &Path, target: &Path) -> bool {
        self.is_so(&Question::IsRootsLink.about(&[bytes(path), bytes(target)]))
    }

    fn is_roots_file(&self, path: &Path) -> bool {
        self.is_so(&Question::IsRootsFile.about(&[bytes(path)]))
    }

    fn is_roots_script(&self, path: &Path) -> bool {
        self.is_so(&Question::IsRootsScript.about(&[bytes(path)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A host whose answers follow from the length of a path.
    struct Lengths;

    impl Provider for Lengths {
        fn exists(&self, path: &Path) -> bool {
            bytes(path).len() % 2 == 0
        }

        fn find_program(&self, named: &Path) -> Result<PathBuf, String> {
            if self.exists(named) { Ok(Path::new("/bin").join(named)) } else { Err("odd".into()) }
        }

        fn find_libraries(&self, loader: &Path, names: &[String]) -> Option<Vec<PathBuf>> {
            self.exists(loader).then(|| names.iter().map(PathBuf::from).collect())
        }

        fn is_file(&self, path: &Path) -> bool {
            bytes(path).len() % 3 == 0
        }

        fn is_roots_link(&self, path: &Path, target: &Path) -> bool {
            bytes(path).len() < bytes(target).len()
        }

        fn is_roots_file(&self, path: &Path) -> bool {
            bytes(path).len() % 5 == 0
        }

        fn is_roots_script(&self, path: &Path) -> bool {
            bytes(path).len() % 7 == 0
        }
    }

    /// All answers of a host about these paths.
    fn ask(host: &dyn Provider, paths: &[PathBuf], names: &[String]) -> String {
        let one = |path: &PathBuf| {
            let other = &paths[0];
            let simple = (
                host.exists(path),
                host.is_file(path),
                host.is_roots_file(path),
                host.is_roots_script(path),
            );
            let found = (host.find_program(path), host.find_libraries(path, names));
            format!("{simple:?} {found:?} {}", host.is_roots_link(path, other))
        };
        paths.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #[test]
        fn a_report_answers_as_the_host_did(
            paths in proptest::collection::vec("[^\0]{0,9}", 1..6),
            names in proptest::collection::vec("[^\0\n]{0,5}", 0..4),
        ) {
            let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
            let mut report = Vec::new();
            let asked = ask(&ReportingHost::new(&Lengths, &mut report), &paths, &names);
            prop_assert_eq!(ask(&HostAnswers::read(&report), &paths, &names), asked);
        }

        /// An answer that did not come is none in favour of anything.
        #[test]
        fn a_report_that_ends_early_answers_nothing_else(end in 0_usize..400) {
            let paths = ["/a", "/ab", "/abc", "/abcd"].map(PathBuf::from);
            let mut report = Vec::new();
            ask(&ReportingHost::new(&Lengths, &mut report), &paths, &["n".to_owned()]);
            report.truncate(end);
            let answers = HostAnswers::read(&report);
            for path in &paths {
                prop_assert!(answers.exists(path) || !Lengths.exists(path));
                prop_assert!(!answers.is_file(path) || Lengths.is_file(path));
                prop_assert!(!answers.is_roots_file(path) || Lengths.is_roots_file(path));
                prop_assert!(answers.find_program(path).is_err() || Lengths.find_program(path).is_ok());
            }
        }
    }
}
