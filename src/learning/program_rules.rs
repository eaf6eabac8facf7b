//! Choice of the lines `program:`. One line brings the interpreter, the libraries and the modules of its program, so most
//! programs need none of their own.

use crate::config::{PASSWD, ProvideItem};
use crate::learning::host::NodeKind;
use crate::learning::observation::{Observation, ObservationTable, Uses};
use crate::learning::places::find_line_objection;
use crate::learning::proposal::{BroughtFiles, RuleFacts, can_be_written_down};
use crate::learning::secret_search::find_own_folder;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Programs of one folder from which on the folder is shown as a whole.
const MANY: usize = 3;

/// Chosen lines, and the paths that they bring.
#[derive(Debug, Default)]
pub(super) struct ProgramChoice {
    /// Lines, each with the uses that it is for.
    pub lines: Vec<(ProvideItem, Vec<Observation>)>,
    /// Paths that are available with these lines, the programs among them.
    pub brought: Vec<PathBuf>,
}

/// Chooses lines for the programs that were run, and for an interpreter that runs inside httpd.
pub(super) fn choose_programs(table: &ObservationTable, facts: &RuleFacts<'_>) -> ProgramChoice {
    let is_candidate = |seen: &&Observation| {
        seen.uses.has(Uses::RUN)
            && !seen.set_id
            && can_be_written_down(&seen.path)
            && facts.programs.contains_key(&seen.path)
            && find_line_objection(&seen.path, facts.keeps, facts.host).is_none()
    };
    let runs: Vec<_> = table.paths().filter(is_candidate).collect();
    let mut choice = ProgramChoice::default();
    let (grouped, single) = split_by_folder(&runs, facts);
    single.iter().for_each(|seen| choice.add_program(seen, facts));
    for (folder, members) in grouped {
        choice.add_folder(folder, &members, facts);
    }
    choice.add_interpreters(table, facts);
    choice
}

/// Programs of an application's own folder, by folder, if they are many; and all others. Programs that are shown already,
/// and those with the fewest needs, come last: others may have brought everything for them.
fn split_by_folder<'a>(
    runs: &[&'a Observation],
    facts: &RuleFacts<'_>,
) -> (BTreeMap<PathBuf, Vec<&'a Observation>>, Vec<&'a Observation>) {
    let mut folders: BTreeMap<PathBuf, Vec<&Observation>> = BTreeMap::new();
    let mut single = Vec::new();
    for &seen in runs {
        let own = find_own_folder(&seen.path, facts.keeps, facts.host, &facts.secrets);
        if own == seen.path || is_shown(facts, &seen.path) {
            single.push(seen);
        } else {
            folders.entry(own).or_default().push(seen);
        }
    }
    let few: Vec<_> =
        folders.iter().filter(|(_, all)| all.len() < MANY).map(|(it, _)| it.clone()).collect();
    for folder in few {
        single.extend(folders.remove(&folder).unwrap_or_default());
    }
    let needs = |seen: &Observation| facts.programs.get(&seen.path).map_or(0, |it| it.paths.len());
    single.sort_by_key(|seen| (is_shown(facts, &seen.path), std::cmp::Reverse(needs(seen))));
    (folders, single)
}

fn is_shown(facts: &RuleFacts<'_>, path: &Path) -> bool {
    facts.shown.iter().any(|shown| !shown.private && path.starts_with(&shown.path))
}

impl ProgramChoice {
    /// Adds `program:`, unless everything that it would bring is available.
    fn add_program(&mut self, seen: &Observation, facts: &RuleFacts<'_>) {
        let has = |path: &Path| {
            is_shown(facts, path) || self.brought.iter().any(|it| path.starts_with(it))
        };
        let brings = facts.programs.get(&seen.path);
        let needs = brings.into_iter().flat_map(|it| &it.paths).chain([&seen.path]);
        let real_is_brought = same_place(&seen.path, &self.brought, facts);
        let missing: Vec<_> = needs.filter(|path| !has(path)).cloned().collect();
        let lacks_itself_only = missing.len() == 1 && missing[0] == seen.path;
        if missing.is_empty() || lacks_itself_only && real_is_brought {
            self.brought.extend(missing);
            return;
        }
        self.lines.push((ProvideItem::Program(seen.path.clone()), vec![seen.clone()]));
        self.brought.extend(missing);
        self.brought.extend(brings.into_iter().flat_map(|it| it.data.iter().cloned()));
    }

    /// Adds a folder of programs as a whole, and `program:` for those that need more than the folder.
    fn add_folder(&mut self, folder: PathBuf, members: &[&Observation], facts: &RuleFacts<'_>) {
        let item = ProvideItem::Path { path: folder.clone(), writable: false };
        self.lines.push((item, members.iter().map(|&seen| seen.clone()).collect()));
        self.brought.push(folder);
        members.iter().for_each(|seen| self.add_program(seen, facts));
    }

    /// Adds `program:` for an interpreter that runs inside httpd: its modules were read, and nothing shows them.
    fn add_interpreters(&mut self, table: &ObservationTable, facts: &RuleFacts<'_>) {
        let is_missing = |path: &Path| {
            !is_shown(facts, path) && !self.brought.iter().any(|it| path.starts_with(it))
        };
        let is_read = |seen: &&Observation| {
            seen.uses.has(Uses::READ) && is_missing(&seen.path) && !is_of_start(seen, facts)
        };
        let reads: Vec<_> = table.paths().filter(is_read).collect();
        for (program, brings) in facts.programs {
            let mut of_it = reads.iter().filter(|seen| {
                brings.modules.iter().any(|folder| seen.path.starts_with(folder))
                    && !self.brought.iter().any(|it| seen.path.starts_with(it))
            });
            let Some(first) = of_it.next() else { continue };
            self.lines.push((ProvideItem::Program(program.clone()), vec![(*first).clone()]));
            self.brought.extend(brings.paths.iter().chain([program]).cloned());
        }
    }
}

/// Whether an interpreter uses the path when it starts, though no module of it is used: it lists the directories of its modules,
/// and reads the lists of further ones there (Python's `*.pth`), one of which loads a package of setuptools on most hosts.
pub(super) fn is_of_start(seen: &Observation, facts: &RuleFacts<'_>) -> bool {
    let is_list = || {
        seen.path.extension() == Some(OsStr::new("pth"))
            || seen.path.components().any(|part| part.as_os_str() == "_distutils_hack")
            || facts.host.kind(&seen.path) == Some(NodeKind::Directory)
    };
    let is_of_modules =
        |brings: &BroughtFiles| brings.modules.iter().any(|folder| seen.path.starts_with(folder));
    facts.programs.values().any(is_of_modules) && is_list()
}

/// Whether Python alone has read the list of users, at its start: without `HOME`, it looks up its own user once, and continues
/// without an answer. The package of its codecs, which it reads at each start, counts the starts.
pub(super) fn is_users_of_python(
    seen: &Observation,
    table: &ObservationTable,
    facts: &RuleFacts<'_>,
) -> bool {
    if !facts.python_looks_up || seen.path != Path::new(PASSWD) || seen.uses.write() {
        return false;
    }
    let is_codecs = |seen: &&Observation| {
        let folder = seen.path.parent().unwrap_or(Path::new("/"));
        let name = seen.path.file_name().unwrap_or_default();
        seen.uses.has(Uses::READ)
            && name.as_bytes().starts_with(b"__init__.")
            && (folder.ends_with("encodings") || folder.ends_with("encodings/__pycache__"))
            && is_of_library(folder)
    };
    let starts = table.paths().filter(is_codecs).map(|seen| seen.count).max();
    starts.is_some_and(|starts| seen.count <= starts)
}

/// Whether the folder belongs to Python's standard library.
fn is_of_library(folder: &Path) -> bool {
    let is_python = |part: Component<'_>| matches!(part, Component::Normal(name) if name.as_bytes().starts_with(b"python3"));
    ["/usr/lib", "/usr/local/lib", "/usr/pkg/lib"].iter().any(|top| folder.starts_with(top))
        && folder.components().any(is_python)
}

/// Whether a program that is brought has the same place under another name, such as `/bin/sh` and `/usr/bin/sh`.
fn same_place(path: &Path, brought: &[PathBuf], facts: &RuleFacts<'_>) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let Some(real) = facts.host.find_real(folder) else { return false };
    let is_same = |other: &PathBuf| {
        other.file_name() == Some(name)
            && other.parent().and_then(|it| facts.host.find_real(it)).as_ref() == Some(&real)
    };
    brought.iter().any(is_same)
}
