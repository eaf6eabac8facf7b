use super::*;
use crate::platform::{UserId, effective_user};
use crate::programs::made_elf::Made;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use tempfile::TempDir;

fn is_root() -> bool {
    let is_root = effective_user() == UserId(0);
    if !is_root {
        eprintln!("SKIPPED: only root can have files that are root's alone");
    }
    is_root
}

/// A folder of root's, not below `/tmp`.
fn folder() -> TempDir {
    crate::trust::make_folder()
}

fn of(program: &Path) -> Result<ProgramNeeds, ProgramFault> {
    find_needs(program, &Judge::default(), Modules::Asked)
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_dynamic_program_needs_its_loader_and_its_c_library() {
    if !is_root() {
        return;
    }
    let shell = Binary::read(fs::File::open("/bin/sh").unwrap()).unwrap();
    let Some(loader) = shell.loader else { return };
    let needs = of(Path::new("/bin/sh")).unwrap();
    assert!(needs.files.contains(&loader), "{needs:?}");
    if loader.ends_with("dyld") {
        // Darwin's libraries are in no file of their own.
        return;
    }
    let is_libc =
        |it: &Library| it.path.to_string_lossy().contains("/libc.") && it.is_in_its_folder;
    assert!(needs.libraries.iter().any(is_libc), "{needs:?}");
}

#[test]
fn a_script_needs_its_interpreter_and_what_env_starts() {
    if !is_root() {
        return;
    }
    let folder = folder();
    let tool = folder.path().join("tool");
    script(&tool, "#!/usr/bin/env -S sh -e\ntrue\n");
    let needs = of(&tool).unwrap();
    let names: Vec<_> = needs.files.iter().filter_map(|it| it.file_name()?.to_str()).collect();
    assert!(names.contains(&"env") && names.contains(&"sh"), "{names:?}");
    assert!(!needs.libraries.is_empty());
}

#[test]
fn a_chain_of_interpreters_ends_also_if_it_is_a_circle() {
    if !is_root() {
        return;
    }
    let folder = folder();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    script(&one, &format!("#!{}\n", two.display()));
    script(&two, &format!("#!{}\n", one.display()));
    assert_eq!(of(&one).unwrap().files.into_iter().collect::<Vec<_>>(), [two]);
}

/// A script, its interpreter behind a link, and that one's loader and libraries.
fn chain() -> TempDir {
    let folder = folder();
    let at = |path: &str| folder.path().join(path);
    let text = |path: &str| at(path).display().to_string();
    Made { name: Some("ld-linux-mine.so".into()), ..Made::library(&[]) }
        .write(&at("lib/ld-linux-mine.so"));
    let first = Made::library(&["libsecond.so"]);
    Made { rpath: Some(text("deep")), ..first }.write(&at("lib/libfirst.so"));
    Made::library(&[]).write(&at("deep/libsecond.so"));
    let program = Made::program(&text("lib/ld-linux-mine.so"), &["libfirst.so"]);
    Made { runpath: Some("$ORIGIN/../lib".into()), ..program }.write(&at("bin/program"));
    for name in ["lib", "deep", "bin"] {
        fs::set_permissions(at(name), Permissions::from_mode(0o755)).unwrap();
    }
    symlink("bin/program", at("link")).unwrap();
    script(&at("tool"), &format!("#!{}\n", text("link")));
    folder
}

#[test]
fn a_link_of_the_chain_that_is_not_roots_alone_is_named() {
    if !is_root() {
        return;
    }
    for (given, words) in [
        ("tool", "tool\" belongs to uid 4242"),
        ("lib/ld-linux-mine.so", "ld-linux-mine.so\" belongs to uid 4242"),
        ("lib/libfirst.so", "libfirst.so\" belongs to uid 4242"),
        ("deep/libsecond.so", "libsecond.so\" belongs to uid 4242"),
        ("deep", "deep\" belongs to uid 4242"),
        ("bin", "bin\" belongs to uid 4242"),
    ] {
        let folder = chain();
        chown(folder.path().join(given), Some(4242), None).unwrap();
        let fault = of(&folder.path().join("tool")).unwrap_err();
        assert!(fault.to_string().contains(words), "{given}: {fault}");
    }
}

#[test]
fn the_whole_chain_is_found() {
    if !is_root() {
        return;
    }
    let folder = chain();
    let at = |path: &str| folder.path().join(path);
    let needs = of(&at("tool")).unwrap();
    let found: Vec<_> = needs.libraries.iter().map(|it| &*it.path).collect();
    let wanted = [&at("bin/../lib/libfirst.so"), &at("deep/libsecond.so")];
    assert_eq!(found, wanted.map(|path| path.as_path()));
    let files: Vec<_> = needs.files.iter().map(|it| &**it).collect();
    assert_eq!(files, [at("lib/ld-linux-mine.so"), at("link")]);
}

/// A loader would load it before all others, as root if root ran one.
#[test]
fn a_library_that_audits_is_nothing_to_us() {
    if !is_root() {
        return;
    }
    let folder = folder();
    let program = folder.path().join("program");
    let audit = folder.path().join("audit.so");
    Made::library(&[]).write(&audit);
    chown(&audit, Some(4242), None).unwrap();
    let made = Made::program("/lib64/ld-linux-x86-64.so.2", &["libc.so.6"]);
    Made { audit: Some(audit.display().to_string()), ..made }.write(&program);
    let needs = of(&program).unwrap();
    assert!(!format!("{needs:?}").contains("audit"), "{needs:?}");
}

#[test]
fn what_is_nowhere_is_told() {
    if !is_root() {
        return;
    }
    let folder = folder();
    let program = folder.path().join("program");
    Made::program("/lib64/ld-linux-x86-64.so.2", &["libnowhere.so.9"]).write(&program);
    let needs = of(&program).unwrap();
    assert!(
        matches!(&needs.remarks[..], [ProgramRemark::Missing(names)] if names == &["libnowhere.so.9"])
    );
}
