#![forbid(unsafe_code)]
//! What a program needs to run inside: its loader, its libraries, its interpreter, the directories
//! of its modules. Asked of the host's own tools, outside.

use super::source::READ_ONLY;
use super::wanted::{Wanted, What};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Everything `program` needs, itself first. In a view whole directories of libraries are shown, so
/// that an upgrade on the host is there at once; copies are of the files alone.
pub(super) fn needs(program: &Path, in_view: bool) -> Vec<Wanted> {
    let word = format!("program:{}", program.display());
    let wish = |path: PathBuf, what| Wanted {
        path,
        forbidden: READ_ONLY,
        word: word.clone(),
        place: None,
        what,
        alone: None,
        late: None,
        elsewhere: None,
    };
    let mut all = vec![wish(program.to_owned(), What::Required)];
    let mut found = BTreeSet::new();
    for program in with_interpreters(program) {
        let modules = module_directories(&program);
        for library in libraries(&program, &modules) {
            match library.parent().filter(|_| in_view && is_in_a_library_folder(&library)) {
                Some(folder) => found.insert(folder.to_owned()),
                None => found.insert(library),
            };
        }
        found.extend(modules);
        found.insert(program);
    }
    found.remove(program);
    all.extend(found.into_iter().map(|path| wish(path, What::IfPresent)));
    all
}

/// The loader is found by its one name, so the folder that it lies in need not be shown.
fn is_in_a_library_folder(library: &Path) -> bool {
    let name = library.file_name().unwrap_or_default().as_bytes();
    !name.starts_with(b"ld-")
        && !name.starts_with(b"ld.")
        && library.parent() != Some(Path::new("/"))
}

/// The program and, as long as it is a script, what its first line names.
fn with_interpreters(program: &Path) -> Vec<PathBuf> {
    let mut all = vec![program.to_owned()];
    // As deep as Linux follows them.
    while all.len() < 5 {
        let Some(next) = all.last().and_then(|last| first_line(last)) else { break };
        let mut words =
            next.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        let Some(interpreter) = words.next() else { break };
        let interpreter = PathBuf::from(std::ffi::OsString::from_vec(interpreter.to_vec()));
        let by_env = interpreter.ends_with("env").then(|| words.next().and_then(in_path)).flatten();
        all.push(interpreter);
        all.extend(by_env);
    }
    all
}

/// What follows `#!`.
fn first_line(program: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    File::open(program).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?;
    Some(line.split(|&byte| byte == b'\n').next().unwrap_or(line).to_vec())
}

/// Where the children's `PATH` would find a program.
fn in_path(name: &[u8]) -> Option<PathBuf> {
    let name = std::ffi::OsStr::from_bytes(name);
    ["/usr/local/bin", "/usr/bin", "/bin", "/usr/pkg/bin", "/opt/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
}

/// The shared libraries of `program` and of the modules in `modules`, the loader among them, as
/// `ldd` names them. A program that is not dynamic has none.
fn libraries(program: &Path, modules: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut command = quiet("ldd");
    command.arg(program);
    for module in modules {
        command.args(shared_objects(module, 2));
    }
    let listed = output(command);
    let path = |word: &[u8]| {
        let word = word.strip_suffix(b":").unwrap_or(word);
        word.starts_with(b"/").then(|| PathBuf::from(std::ffi::OsString::from_vec(word.to_vec())))
    };
    listed
        .split(|&byte| byte == b'\n')
        .filter(|line| line.starts_with(b"\t") || line.starts_with(b" "))
        .filter_map(|line| line.split(|byte| byte.is_ascii_whitespace()).find_map(path))
        .collect()
}

/// The modules in a directory that are shared libraries themselves.
fn shared_objects(directory: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_directory && depth > 0 {
            found.extend(shared_objects(&path, depth - 1));
        } else if path.extension().is_some_and(|ending| ending == "so") {
            found.push(path);
        }
    }
    found
}

/// How interpreters tell where their modules are, by the beginning of their names.
const ASKED: [(&str, &[&str]); 3] = [
    ("perl", &["-e", "print map { \"$_\\n\" } @INC"]),
    ("python", &["-I", "-c", "import sys; print('\\n'.join(sys.path))"]),
    ("php", &["-n", "-i"]),
];

fn module_directories(program: &Path) -> Vec<PathBuf> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some((_, question)) = ASKED.iter().find(|(known, _)| name.starts_with(known)) else {
        return Vec::new();
    };
    let mut command = quiet(program);
    command.args(*question);
    let answer = String::from_utf8_lossy(&output(command)).into_owned();
    answer
        .lines()
        .map(|line| line.rsplit("=> ").next().unwrap_or(line).trim())
        .filter(|line| line.starts_with('/') && !line.contains(" "))
        .map(PathBuf::from)
        .filter(|path| path.is_dir() && path.components().count() > 2)
        .collect()
}

/// A command that sees nothing of the server's environment.
fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// What it prints; nothing if it cannot be run.
fn output(mut command: Command) -> Vec<u8> {
    command.output().map(|output| output.stdout).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_program_needs_its_loader_and_its_c_library() {
        let needs = needs(Path::new("/bin/sh"), false);
        let has = |part: &str| needs.iter().any(|it| it.path.to_string_lossy().contains(part));
        assert!(has("/bin/sh") && has("libc.") && has("ld-"), "{needs:?}");
        assert_eq!(needs[0].what, What::Required);
    }

    #[test]
    fn in_a_view_libraries_come_by_the_folder_and_the_loader_by_its_name() {
        let needs = needs(Path::new("/bin/sh"), true);
        let is_loader = |it: &&Wanted| it.path.to_string_lossy().contains("/ld-");
        assert!(needs.iter().any(|it| is_loader(&it)), "{needs:?}");
        assert!(needs.iter().all(|it| !it.path.to_string_lossy().contains("libc.")), "{needs:?}");
    }

    #[test]
    fn a_script_needs_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("tool");
        std::fs::write(&script, "#!/usr/bin/env sh\ntrue\n").unwrap();
        let all = with_interpreters(&script);
        assert_eq!(all[1], Path::new("/usr/bin/env"));
        assert!(all[2].ends_with("sh"), "{all:?}");
    }
}
