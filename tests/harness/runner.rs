//! Starting httpd under something that watches its memory, if `MOD_CHROOT_TEST_RUNNER` asks for it: `asan` (with a
//! module that was built so) or `valgrind`. `tools/sanitize` does that.

use std::fs;
use std::path::{Path, PathBuf};

use super::programs;
use super::sandbox::Sandbox;
use super::site::Site;

/// A tool that watches memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// AddressSanitizer, which says on stderr what is wrong, and ends the process.
    Asan,
    /// valgrind's memcheck, which writes a file for each process.
    Valgrind,
}

impl Runner {
    /// The one that is asked for.
    pub(crate) fn asked_for() -> Option<Runner> {
        match std::env::var("MOD_CHROOT_TEST_RUNNER").as_deref() {
            Ok("asan") => Some(Runner::Asan),
            Ok("valgrind") => Some(Runner::Valgrind),
            Ok(other) => panic!("MOD_CHROOT_TEST_RUNNER={other}: asan and valgrind are known"),
            Err(_) => None,
        }
    }

    /// How many times longer than usual everything may take.
    pub(super) fn slowness() -> u32 {
        match Runner::asked_for() {
            None => 1,
            Some(Runner::Asan) => 2,
            Some(Runner::Valgrind) => 8,
        }
    }

    /// Words of shell before the name of the program.
    fn words(self) -> String {
        match self {
            // The library has to be there before the module is. What httpd itself leaves at its end is no error here.
            Runner::Asan => format!(
                "env LD_PRELOAD=\"{}${{LD_PRELOAD:+:$LD_PRELOAD}}\" \
                 ASAN_OPTIONS=detect_leaks=0:exitcode=99",
                resolved(&programs::library("libasan.so")).display()
            ),
            Runner::Valgrind => format!(
                "valgrind --tool=memcheck --leak-check=full --show-leak-kinds=definite \
                 --errors-for-leak-kinds=definite --num-callers=40 --keep-debuginfo=yes \
                 --suppressions=\"{}\" --log-file=\"{{server}}/logs/valgrind.%p\"",
                suppressions().display()
            ),
        }
    }
}

/// The scene, with the runner that is asked for between it and httpd.
pub(super) fn with_runner(site: Site) -> Site {
    match Runner::asked_for() {
        Some(Runner::Valgrind) => {
            // A process that was forked in the jail writes its report there, under the same path.
            site.sandbox.writable(&reports_folder(&site.sandbox).to_string_lossy());
            site.through(&Runner::Valgrind.words())
        }
        Some(Runner::Asan) => site.through(&Runner::Asan.words()),
        None => site,
    }
}

fn reports_folder(sandbox: &Sandbox) -> PathBuf {
    sandbox.server.join("logs")
}

/// The number of processes of a scene that valgrind has watched, and its errors.
pub(super) fn reports(sandbox: &Sandbox) -> (usize, Vec<String>) {
    let outside = reports_folder(sandbox);
    let inside = sandbox.jail.join(outside.strip_prefix("/").unwrap_or(&outside));
    let entries = [outside, inside].into_iter().flat_map(fs::read_dir).flatten().flatten();
    let is_report = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("valgrind."))
    };
    let paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_report).collect();
    let texts = paths
        .iter()
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned());
    let wrong = texts.flat_map(|text| findings(&text)).collect();
    (paths.len(), wrong)
}

/// The paragraphs of a report that show where something happened: each has the functions that were called, line by line.
fn findings(report: &str) -> Vec<String> {
    let lines = report
        .lines()
        .map(|line| line.trim_start_matches(|it: char| it == '=' || it.is_ascii_digit()));
    let text = lines.map(str::trim_end).collect::<Vec<_>>().join("\n");
    let paragraphs =
        text.split("\n\n").filter(|one| one.contains("    at 0x") || one.contains("    by 0x"));
    paragraphs.map(str::to_owned).collect()
}

fn resolved(library: &Path) -> PathBuf {
    // The compiler may name it with dots in between; LD_PRELOAD needs a path that is there in every namespace.
    let mut command = std::process::Command::new("readlink");
    let output = command.arg("-f").arg(library).output().expect("readlink");
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    assert!(path.is_absolute() && path.is_file(), "no libasan: {}", library.display());
    path
}

fn suppressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/harness/valgrind.supp")
}
