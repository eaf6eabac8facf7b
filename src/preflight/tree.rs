//! Search of directories that are served: links that lead nowhere inside, parts that have become read-only, pages of
//! PHP, paths that files name. A process that is inside looks, as `User`, with limits of time, of names and of bytes.

use crate::jail::walk::on_host;
use crate::messages::{Failure, SystemError};
use crate::path::{MOST_LINKS, clean_lexically};
use crate::platform;
use crate::platform::{Access, check_access};
use crate::preflight::access_check::{PathFailure, SearchDepth};
use crate::preflight::mentions::{find_paths, may_name_paths};
use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs::{self, DirEntry, FileType};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Limits of all searches together. Files that are found are read within a time of their own: many names must not keep all files from
/// being read.
const PATIENCE: Duration = Duration::from_millis(2500);
const READING: Duration = Duration::from_millis(800);
const SHORT: Duration = Duration::from_millis(500);
const MOST_NAMES: usize = 200_000;
const MOST_BYTES: u64 = 64 << 20;

/// Size up to which a file is read for paths.
const LONGEST: u64 = 512 << 10;

/// Number of paths that files name and that are reported.
const MOST_MENTIONS: usize = 300;

/// Directories of programs. A file that is no program is no evidence that one is run.
const PROGRAMS: [&str; 8] = [
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/games",
    "/usr/pkg/bin",
];

/// Number of read-only files in a directory from which on the directory is reported in their place.
const MANY: usize = 3;

/// Endings of PHP's pages.
const PAGES: [&str; 4] = ["php", "phtml", "php5", "phar"];

/// The search of several directories.
#[derive(Debug)]
pub(crate) struct TreeSearch {
    depth: SearchDepth,
    until: Instant,
    left: usize,
    left_bytes: u64,
    seen: BTreeSet<PathBuf>,
    mentions: BTreeSet<PathBuf>,
    found_pages: bool,
    /// Files that are read for paths after all directories were searched, each with the number of its requirement.
    unread: Vec<(usize, PathBuf)>,
    /// Number of the requirement that is tried.
    pub(crate) requirement: usize,
    /// Whether pages that are found belong to the site.
    pub(crate) counts_pages: bool,
}

impl TreeSearch {
    /// A search that begins now.
    pub(crate) fn new(depth: SearchDepth) -> Self {
        let until = Instant::now() + if depth == SearchDepth::Files { PATIENCE } else { SHORT };
        let (left, left_bytes) = (MOST_NAMES, MOST_BYTES);
        let (seen, mentions) = Default::default();
        Self {
            depth,
            until,
            left,
            left_bytes,
            seen,
            mentions,
            found_pages: false,
            unread: Vec::new(),
            requirement: 0,
            counts_pages: true,
        }
    }

    /// Whether there may be pages of PHP: one was found, or not everything was searched.
    pub(crate) fn may_have_pages(&self) -> bool {
        self.depth != SearchDepth::Nothing && (self.found_pages || self.is_over())
    }

    fn is_over(&self) -> bool {
        self.left == 0 || Instant::now() > self.until
    }

    /// Searches `folder`, unless an earlier search has covered it.
    pub(crate) fn search(&mut self, folder: &Path) -> Vec<PathFailure> {
        let mut failures = Vec::new();
        if self.depth == SearchDepth::Nothing {
            return failures;
        }
        let Ok(real) = on_host(folder).map(|found| found.at) else { return failures };
        if is_page(&real) {
            self.found_pages |= self.counts_pages;
        } else if is_read_only(&real) {
            failures.push((real.clone(), read_only()));
        }
        let is_closed = !failures.is_empty();
        self.search_folder(&real, !is_closed, &mut failures);
        if real.is_file() {
            self.unread.push((self.requirement, real));
        }
        failures
    }

    /// Reads the files that were found, as far as there is time: links and rights of all directories come first. Each path
    /// that is missing inside has the number of the requirement for which the file was found.
    pub(crate) fn read_found_files(&mut self) -> Vec<(usize, PathFailure)> {
        let mut all = Vec::new();
        let until = Instant::now() + READING;
        for (requirement, path) in std::mem::take(&mut self.unread) {
            if Instant::now() > until {
                break;
            }
            let mut failures = Vec::new();
            self.read_mentions(&path, false, &mut failures);
            all.extend(failures.into_iter().map(|failure| (requirement, failure)));
        }
        all
    }

    /// Adds the paths that a file of root's names and that are missing inside. `runs` tells whether it is a program.
    pub(crate) fn read_mentions(
        &mut self,
        path: &Path,
        runs: bool,
        failures: &mut Vec<PathFailure>,
    ) {
        if self.depth != SearchDepth::Files {
            return;
        }
        let Ok(mut file) = platform::open_regular_file(&to_c_string(path)) else { return };
        let is_roots = |is: &fs::Metadata| is.uid() == 0 && is.mode() & 0o022 == 0;
        let size = file.metadata().ok().filter(is_roots).map(|is| is.len());
        let Some(size) = size.filter(|size| *size <= LONGEST.min(self.left_bytes)) else { return };
        self.left_bytes -= size;
        let mut content = Vec::new();
        if file.by_ref().take(LONGEST).read_to_end(&mut content).is_err() {
            return;
        }
        for mention in find_paths(&content) {
            let is_program = PROGRAMS.iter().any(|folder| mention.starts_with(folder));
            let is_missing =
                |path: &Path| fs::symlink_metadata(path).is_err_and(|it| is_missing(&it));
            let is_new = self.mentions.len() < MOST_MENTIONS && (runs || !is_program);
            if is_new && is_missing(&mention) && self.mentions.insert(mention.clone()) {
                failures.push((mention, Failure::Mentioned(path.to_owned())));
            }
        }
    }

    /// Searches one directory and those below it. Its real path is known.
    fn search_folder(
        &mut self,
        folder: &Path,
        judge_rights: bool,
        failures: &mut Vec<PathFailure>,
    ) {
        if self.is_over() || !self.seen.insert(folder.to_owned()) {
            return;
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return;
            }
            let Ok(kind) = entry.file_type() else { continue };
            self.examine(&entry, kind, judge_rights, failures, &mut files);
        }
        if files.len() > MANY {
            files = vec![folder.to_owned()];
        }
        failures.extend(files.into_iter().map(|file| (file, read_only())));
    }

    /// Examines one entry; a file that has become read-only is added to `files`.
    fn examine(
        &mut self,
        entry: &DirEntry,
        kind: FileType,
        judge_rights: bool,
        failures: &mut Vec<PathFailure>,
        files: &mut Vec<PathBuf>,
    ) {
        let path = entry.path();
        if kind.is_symlink() {
            failures.extend(find_dangling(&path));
            return;
        }
        self.found_pages |= self.counts_pages && kind.is_file() && is_page(&path);
        let is_closed = judge_rights && is_read_only(&path);
        match kind.is_dir() {
            true if is_closed => {
                failures.push((path.clone(), read_only()));
                self.search_folder(&path, false, failures);
            }
            true => self.search_folder(&path, judge_rights, failures),
            false if is_closed && kind.is_file() => files.push(path.clone()),
            false => {}
        }
        if self.depth == SearchDepth::Files && kind.is_file() && may_name_paths(&path) {
            self.unread.push((self.requirement, path));
        }
    }
}

/// Failure of a link that leads to nothing inside.
fn find_dangling(link: &Path) -> Option<PathFailure> {
    match fs::metadata(link) {
        Err(error) if is_missing(&error) => {}
        _ => return None,
    }
    let target = resolve_to_missing(read_target(link)?);
    Some((link.to_owned(), Failure::LeadsOut(target)))
}

/// The target of a link, absolute and cleaned.
fn read_target(link: &Path) -> Option<PathBuf> {
    let target = link.parent()?.join(fs::read_link(link).ok()?);
    Some(clean_lexically(target.as_os_str().as_bytes()))
}

/// Follows further links on the way that exist inside, to the path that does not.
fn resolve_to_missing(mut path: PathBuf) -> PathBuf {
    for _ in 0..MOST_LINKS {
        let dangles = |part: &&Path| {
            fs::symlink_metadata(part).is_ok_and(|is| is.is_symlink())
                && fs::metadata(part).is_err_and(|error| is_missing(&error))
        };
        let parts: Vec<&Path> = path.ancestors().collect();
        let Some(link) = parts.into_iter().rev().find(dangles) else { break };
        let Some(target) = read_target(link) else { break };
        path = match path.strip_prefix(link) {
            Ok(rest) if !rest.as_os_str().is_empty() => target.join(rest),
            _ => target,
        };
    }
    path
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn to_c_string(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn is_page(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| PAGES.iter().any(|page| ending.eq_ignore_ascii_case(page)))
}

/// Whether this process could write there if the file system were not mounted read-only.
fn is_read_only(path: &Path) -> bool {
    let is_it = |error: io::Error| error.kind() == io::ErrorKind::ReadOnlyFilesystem;
    check_access(&to_c_string(path), Access::Write).is_err_and(is_it)
}

fn read_only() -> Failure {
    Failure::Unwritable(SystemError::from(&io::Error::from_raw_os_error(libc::EROFS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::UserId;
    use std::os::unix::fs::symlink;

    /// Reading takes long: links and rights of every directory are found before.
    #[test]
    fn files_are_read_after_all_directories_were_searched() {
        let scene = tempfile::tempdir().unwrap();
        let first = scene.path().join("first");
        fs::create_dir(&first).unwrap();
        fs::write(first.join("settings.conf"), "data = \"/srv/not-there/data\"\n").unwrap();
        symlink("/srv/not-there/code", first.join("code")).unwrap();
        let mut trees = TreeSearch::new(SearchDepth::Files);
        trees.requirement = 7;
        let found = trees.search(&first);
        let target = Failure::LeadsOut("/srv/not-there/code".into());
        assert_eq!(found, [(first.join("code"), target)]);
        if platform::effective_user() == UserId(0) {
            let mentioned = Failure::Mentioned(first.join("settings.conf"));
            let named = (PathBuf::from("/srv/not-there/data"), mentioned);
            assert_eq!(trees.read_found_files(), [(7, named)]);
        }
        assert_eq!(trees.read_found_files(), []);
    }
}
