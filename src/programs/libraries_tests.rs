//! Compared with real loaders, which are run on files of root's, and on files that are made here.

use super::*;
use crate::programs::made_elf::Made;
use proptest::prelude::*;
use std::fs::File;
use std::process::Command;

/// A side that sees everything.
struct Anyone;

impl Side for Anyone {
    type Refusal = std::convert::Infallible;

    fn open(&self, path: &Path) -> Result<OpenedFile, Self::Refusal> {
        let is_file = std::fs::metadata(path).is_ok_and(|is| is.is_file());
        let file = if is_file { File::open(path).ok() } else { None };
        let at = || real(path);
        Ok(file.map_or(OpenedFile::Nothing, |file| OpenedFile::File { at: at(), file }))
    }
}

/// The path without symbolic links.
fn real(path: &Path) -> PathBuf {
    on_host(path).unwrap().at
}

/// The real paths of all libraries, and what is missing.
type Listed = (BTreeSet<PathBuf>, BTreeSet<String>);

fn ours(program: &Path, loader: &Path) -> Option<Listed> {
    let binary = Binary::read(File::open(program).ok()?)?;
    let root = Root { path: program.to_owned(), at: real(program), binary };
    let found = libraries(&Anyone, loader, root, &mut Vec::new).unwrap();
    let real = |library: &Library| real(&library.path);
    let missing = found.missing.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    Some((found.found.iter().map(real).collect(), missing))
}

/// The list that the loader prints. None if it does not take the file at all.
fn theirs(program: &Path, loader: &Path) -> Option<Listed> {
    // As ldd asks glibc, which lists what is missing then, too. musl has to be called otherwise.
    let asked = [("LD_TRACE_LOADED_OBJECTS", "1")];
    let mut command = Command::new(loader);
    let words: &[&str] = if is_musl(loader) { &["--list", "--"] } else { &[] };
    let listed = command.args(words).arg(program).env_clear().envs(asked).output().unwrap();
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let errors = String::from_utf8_lossy(&listed.stderr).into_owned();
    let lacks = |line: &str| {
        let (name, cause) = line.strip_prefix("Error loading shared library ")?.split_once(": ")?;
        let known = ["No such file", "Exec format error"].iter().any(|it| cause.starts_with(it));
        known.then(|| name.to_owned())
    };
    let mut all = Listed::default();
    all.1.extend(errors.lines().filter_map(lacks));
    if !listed.status.success() && !text.contains("=> not found") && all.1.is_empty() {
        return None;
    }
    for line in text.lines().map(str::trim) {
        let (name, path) = line.split_once(" => ").unwrap_or((line, line));
        let path = path.split(" (0x").next().unwrap();
        if path == "not found" {
            all.1.insert(name.to_owned());
        } else if path.starts_with('/') && !same(Path::new(path), loader) {
            all.0.insert(real(Path::new(path)));
        }
    }
    Some(all)
}

fn is_musl(loader: &Path) -> bool {
    loader.to_string_lossy().contains("musl")
}

fn same(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// The folder above those of the architectures has parts of all applications.
#[test]
fn a_library_above_the_folders_of_architectures_is_shown_alone() {
    let shown = |paths: &[&str]| {
        let library = |path: &&str| {
            let (path, folder) = (PathBuf::from(path), Path::new(path).parent().unwrap());
            let folder = on_host(folder).map_or_else(|_| folder.to_owned(), |found| found.at);
            let at = folder.join(path.file_name().unwrap());
            Library { path, at, is_in_its_folder: true }
        };
        list_shown(paths.iter().map(library).collect(), true)
    };
    let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
    let debian = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/libc-client.so.2007e"];
    assert_eq!(shown(&debian), paths(&["/lib/x86_64-linux-gnu", "/lib/libc-client.so.2007e"]));
    assert_eq!(shown(&["/usr/lib/libc.so.6", "/usr/lib/libm.so.6"]), paths(&["/usr/lib"]));
}

#[test]
fn programs_and_libraries_of_this_machine_need_what_the_loader_lists() {
    let loader = Path::new("/lib64/ld-linux-x86-64.so.2");
    if !loader.exists() {
        eprintln!("SKIPPED: no such loader");
        return;
    }
    let mut tried = 0;
    for folder in ["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/apache2/modules"]
    {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
        paths.sort();
        for path in paths.into_iter().step_by(3) {
            let is_binary = |path: &Path| {
                let binary = File::open(path).ok().and_then(Binary::read)?;
                (!binary.needed.is_empty()
                    && binary.loader.as_deref().is_none_or(|it| it == loader))
                .then_some(())
            };
            if !path.is_file() || is_binary(&path).is_none() {
                continue;
            }
            // A program that the kernel starts knows where it really is; one that a loader is given does not.
            let path = real(&path);
            if let Some(theirs) = theirs(&path, loader) {
                assert_eq!(ours(&path, loader).unwrap(), theirs, "{}", path.display());
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// DF_1_NODEFLIB: neither the cache nor the default folders.
#[test]
fn a_program_may_do_without_the_folders_of_the_loader() {
    let loader = Path::new("/lib64/ld-linux-x86-64.so.2");
    if !loader.exists() {
        eprintln!("SKIPPED: no such loader");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    for own_folders_only in [false, true] {
        let made = Made::program(&loader.display().to_string(), &["libc.so.6"]);
        Made { own_folders_only, ..made }.write(&program);
        let ours = ours(&program, loader).unwrap();
        assert_eq!(ours.0.is_empty(), own_folders_only);
        assert_eq!(ours, theirs(&program, loader).unwrap());
    }
}

/// A few libraries in a few folders, each with lists of others: small enough to meet often.
fn scene() -> impl Strategy<Value = Vec<(String, Made)>> {
    const NAMES: [&str; 4] = ["liba.so", "libb.so", "libd.so", "libe.so"];
    const FOLDERS: [&str; 3] = ["one", "two", "three"];
    let list = || {
        let folder = prop_oneof![
            Just("$ORIGIN".to_owned()),
            Just("${ORIGIN}/../two".to_owned()),
            Just("{base}/one".to_owned()),
            Just("{base}/three".to_owned()),
            Just("{base}/none:{base}/two".to_owned()),
        ];
        proptest::option::of(folder)
    };
    let needed = || proptest::sample::subsequence(NAMES.to_vec(), 0..=3);
    let name = || proptest::option::weighted(0.2, proptest::sample::select(NAMES.to_vec()));
    let file = (needed(), list(), list(), name(), prop::bool::weighted(0.1)).prop_map(
        |(needed, rpath, runpath, name, other)| {
            let machine = if other { object::elf::EM_AARCH64 } else { object::elf::EM_X86_64 };
            let name = name.map(str::to_owned);
            Made { rpath, runpath, name, machine, ..Made::library(&needed) }
        },
    );
    let places = FOLDERS.iter().flat_map(|folder| NAMES.map(|name| format!("{folder}/{name}")));
    let places: Vec<_> = places.collect();
    let files = proptest::collection::vec(proptest::option::of(file.clone()), places.len());
    (file, files).prop_map(move |(program, files)| {
        let program = Made { machine: object::elf::EM_X86_64, name: None, ..program };
        let named = places.clone().into_iter().zip(files);
        let there = named.filter_map(|(place, file)| Some((place, file?)));
        there.chain([("one/program".to_owned(), program)]).collect()
    })
}

fn play(scene: &[(String, Made)], loader: &Path) -> (Option<Listed>, Option<Listed>) {
    let folder = tempfile::tempdir().unwrap();
    let base = real(folder.path());
    let filled = |list: &Option<String>| {
        list.as_ref().map(|list| list.replace("{base}", base.to_str().unwrap()))
    };
    for (place, made) in scene {
        let is_program = place.ends_with("program");
        let made = Made {
            rpath: filled(&made.rpath),
            runpath: filled(&made.runpath),
            loader: is_program.then(|| loader.display().to_string()),
            // musl does not look for which machine a library is.
            machine: if is_musl(loader) { object::elf::EM_X86_64 } else { made.machine },
            ..made.clone()
        };
        made.write(&base.join(place));
    }
    let program = base.join("one/program");
    let away = |listed: Listed| {
        let short = listed.0.iter().map(|path| path.strip_prefix(&base).unwrap_or(path).to_owned());
        (short.collect(), listed.1)
    };
    (ours(&program, loader).map(away), theirs(&program, loader).map(away))
}

/// Small enough for a loader to be asked for each.
fn agrees(scene: &[(String, Made)], loader: &Path) -> Result<(), TestCaseError> {
    if !loader.exists() {
        eprintln!("SKIPPED: {} is not installed", loader.display());
        return Ok(());
    }
    if let (Some(mut ours), Some(theirs)) = play(scene, loader) {
        // musl lists what it has found only if nothing is missing.
        if is_musl(loader) && !theirs.1.is_empty() {
            ours.0.clone_from(&theirs.0);
        }
        prop_assert_eq!(ours, theirs, "{:#?}", scene);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn libraries_are_looked_for_where_glibc_looks(scene in scene()) {
        agrees(&scene, Path::new("/lib64/ld-linux-x86-64.so.2"))?;
    }

    /// Where musl is installed.
    #[test]
    fn libraries_are_looked_for_where_musl_looks(scene in scene()) {
        agrees(&scene, Path::new("/lib/ld-musl-x86_64.so.1"))?;
    }
}

#[test]
fn a_link_that_leads_out_of_its_folder_is_provided_with_the_folder() {
    use std::os::unix::fs::symlink;
    let scene = tempfile::tempdir().unwrap();
    let top = real(scene.path());
    for folder in ["lib/blas", "alternatives"] {
        std::fs::create_dir_all(top.join(folder)).unwrap();
    }
    for file in ["lib/libown.so.1", "lib/blas/libblas.so", "libother.so"] {
        std::fs::write(top.join(file), "").unwrap();
    }
    for (link, target) in [
        ("lib/libown.so", "libown.so.1"),
        ("lib/libinner.so", "blas/libblas.so"),
        ("lib/libblas.so", "../alternatives/libblas"),
        ("alternatives/libblas", "../lib/blas/libblas.so"),
        ("lib/libother.so", "../libother.so"),
    ] {
        symlink(target, top.join(link)).unwrap();
    }
    let library = |name: &str| {
        let path = top.join("lib").join(name);
        Library { at: real(&path), path, is_in_its_folder: true }
    };
    let all = ["libown.so", "libinner.so", "libblas.so", "libother.so"].map(library).to_vec();
    let shown: Vec<_> = list_shown(all, true).into_iter().collect();
    assert_eq!(shown, ["lib", "lib/libblas.so", "lib/libother.so"].map(|path| top.join(path)));
}
