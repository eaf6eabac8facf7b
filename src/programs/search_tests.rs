//! The order in which loaders search that cannot be run here: as their manuals and sources have it.

use super::*;
use crate::programs::side::OpenedFile;

/// A host with a few files that tell loaders where libraries are.
struct Host(&'static [(&'static str, &'static [u8])]);

impl Side for Host {
    type Refusal = std::convert::Infallible;

    fn open(&self, _: &Path) -> Result<OpenedFile, Self::Refusal> {
        Ok(OpenedFile::Nothing)
    }

    fn read_contents(&self, path: &Path, _: u64) -> Result<Vec<u8>, Self::Refusal> {
        let file = self.0.iter().find(|(name, _)| Path::new(name) == path);
        Ok(file.map(|(_, content)| content.to_vec()).unwrap_or_default())
    }
}

const MACHINE: Machine =
    Machine::Elf { is_64: true, is_big: false, number: object::elf::EM_X86_64 };

fn object(path: &str, asked_by: Option<usize>, rpath: &[&str], runpath: &[&str]) -> LinkedBinary {
    let list = |folders: &[&str]| folders.iter().map(OsString::from).collect();
    let binary = Binary {
        machine: MACHINE,
        loader: None,
        name: None,
        needed: Vec::new(),
        rpath: list(rpath),
        runpath: list(runpath),
        own_folders_only: false,
    };
    LinkedBinary { path: path.into(), at: path.into(), binary, asked_by, is_vital: true }
}

/// A program with an RPATH, and a library of it: what is looked at for a library of that.
fn looked_at(loader: &str, host: Host, library: LinkedBinary, name: &str) -> Vec<String> {
    let search = LoaderSearch::new(&host, Path::new(loader), MACHINE).unwrap();
    let objects = [object("/opt/bin/program", None, &["/opt/main"], &[]), library];
    let all = search.list_candidates(&objects, 1, OsStr::new(name)).into_iter();
    all.map(|it| {
        format!("{}{}", it.path.display(), if it.is_configured { " (configured)" } else { "" })
    })
    .collect()
}

#[test]
fn freebsd_heeds_the_rpath_of_the_library_and_of_the_program_then_its_hints() {
    let hints: &[u8] =
        b"Ehnt\x01\0\0\0\x18\0\0\0\x20\0\0\0\0\0\0\0\x10\0\0\0/usr/local/lib:/usr/lib\0";
    let host = || Host(Box::leak(Box::new([("/var/run/ld-elf.so.hints", hints)])));
    let loader = "/libexec/ld-elf.so.1";
    let library = object("/opt/lib/liba.so", Some(0), &["$ORIGIN/own"], &[]);
    if cfg!(target_endian = "little") {
        assert_eq!(
            looked_at(loader, host(), library, "libb.so"),
            [
                "/opt/lib/own/libb.so",
                "/opt/main/libb.so",
                "/usr/local/lib/libb.so (configured)",
                "/usr/lib/libb.so",
                "/lib/libb.so",
                "/usr/lib/libb.so",
                "/usr/lib32/libb.so"
            ]
        );
        let library = object("/opt/lib/liba.so", Some(0), &[], &["/opt/run"]);
        let looked_at = looked_at(loader, host(), library, "libb.so");
        assert_eq!(looked_at[..2], ["/opt/run/libb.so", "/usr/local/lib/libb.so (configured)"]);
    }
}

#[test]
fn netbsd_heeds_the_rpath_of_the_library_alone_then_its_list() {
    let host = Host(&[("/etc/ld.so.conf", b"/usr/pkg/lib\n")]);
    let library = object("/opt/lib/liba.so", Some(0), &["/opt/own"], &[]);
    assert_eq!(
        looked_at("/usr/libexec/ld.elf_so", host, library, "libb.so"),
        [
            "/opt/own/libb.so",
            "/usr/pkg/lib/libb.so (configured)",
            "/usr/lib/libb.so",
            "/lib/libb.so"
        ]
    );
}

#[test]
fn musl_is_told_instead_of_knowing_and_its_list_lies_beside_it() {
    let host = || Host(&[("/opt/musl/etc/ld-musl-x86_64.path", b"/opt/musl/lib\n")]);
    let library = || object("/opt/lib/liba.so", Some(0), &[], &["/opt/run"]);
    let beside = looked_at("/opt/musl/lib/ld-musl-x86_64.so.1", host(), library(), "libb.so");
    assert_eq!(
        beside,
        ["/opt/run/libb.so", "/opt/main/libb.so", "/opt/musl/lib/libb.so (configured)"]
    );
    let untold = looked_at("/lib/ld-musl-x86_64.so.1", host(), library(), "libb.so");
    assert_eq!(untold[2..], ["/lib/libb.so", "/usr/local/lib/libb.so", "/usr/lib/libb.so"]);
}

#[test]
fn darwin_goes_by_paths() {
    let library = || object("/opt/lib/liba.dylib", Some(0), &["@loader_path/own"], &[]);
    let looked_at = |name| looked_at("/usr/lib/dyld", Host(&[]), library(), name);
    assert_eq!(looked_at("@rpath/b.dylib"), ["/opt/lib/own/b.dylib", "/opt/main/b.dylib"]);
    assert_eq!(looked_at("@loader_path/b.dylib"), ["/opt/lib/b.dylib"]);
    assert_eq!(looked_at("/opt/b.dylib"), ["/opt/b.dylib"]);
}

#[test]
fn some_libraries_are_no_files() {
    let needs_no_file = |loader, name: &str| {
        let search = LoaderSearch::new(&Host(&[]), Path::new(loader), MACHINE).unwrap();
        search.needs_no_file(OsStr::new(name))
    };
    let musl = "/lib/ld-musl-x86_64.so.1";
    for name in ["libc.so", "libc.musl-x86_64.so.1", "libpthread.so.0", "libm.so.6"] {
        assert!(needs_no_file(musl, name), "{name}");
        assert!(!needs_no_file("/lib64/ld-linux-x86-64.so.2", name), "{name}");
    }
    assert!(!needs_no_file(musl, "libcrypt.so.1"));
    assert!(needs_no_file("/usr/lib/dyld", "/usr/lib/libSystem.B.dylib"));
    assert!(!needs_no_file("/usr/lib/dyld", "/opt/local/lib/libz.dylib"));
}

/// Only the name counts, and no file is run.
#[test]
fn a_loader_is_known_by_its_name_and_any_other_searches_like_glibc_s() {
    for (name, family) in [
        ("/lib64/ld-linux-x86-64.so.2", Family::Glibc),
        ("/lib/ld-musl-evil.so", Family::Musl),
        ("/libexec/ld-elf32.so.1", Family::FreeBsd),
        ("/usr/libexec/ld.elf_so", Family::NetBsd),
        ("/usr/lib/dyld", Family::Darwin),
        ("/srv/www/ld-linux-evil.so", Family::Glibc),
        ("/bin/sh", Family::Glibc),
        ("/", Family::Glibc),
        ("", Family::Glibc),
    ] {
        assert_eq!(Family::from_loader(Path::new(name)), family, "{name}");
        LoaderSearch::new(&Host(&[]), Path::new(name), MACHINE).unwrap();
    }
}
