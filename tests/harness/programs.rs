//! Real programs for the jail: static, so that the jail needs nothing else.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A CGI program that tells what it sees, as `key=value` lines.
pub(crate) fn cgi() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| compile("programs/cgi.c", &["-static"]))
}

/// A FastCGI responder that answers with the same lines.
pub(crate) fn fastcgi() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| compile("programs/fastcgi.c", &["-static"]))
}

/// A library for LD_PRELOAD, from tests/shims.
pub(crate) fn shim(name: &str) -> PathBuf {
    compile(&format!("shims/{name}.c"), &["-shared", "-fPIC"])
}

/// A module for httpd, from tests/shims.
pub(crate) fn module(name: &str) -> PathBuf {
    let mut options = vec!["-shared".to_owned(), "-fPIC".to_owned()];
    options.extend(super::apache::compiler_options());
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    compile(&format!("shims/{name}.c"), &options)
}

/// A file that the C compiler knows where to find.
pub(crate) fn library(name: &str) -> PathBuf {
    let asked = Command::new("cc").arg(format!("-print-file-name={name}")).output().expect("cc");
    PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim())
}

/// The folder for what is compiled. Cargo names one to tests and benches, but not to examples.
pub(crate) fn scratch() -> &'static Path {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tmp");
    let folder = Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or(own));
    std::fs::create_dir_all(folder).expect("a folder for programs");
    folder
}

/// Compiles a source below tests/, once per content of the sources.
fn compile(source: &str, options: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let source = folder.join(source);
    let mut hasher = DefaultHasher::new();
    for file in [&source, &folder.join("programs/witness.h")] {
        std::fs::read(file).expect("a program's source").hash(&mut hasher);
    }
    let stem = source.file_stem().expect("a name").to_string_lossy();
    let target = scratch();
    let built = target.join(format!("{stem}-{:016x}", hasher.finish()));
    if !built.is_file() {
        // Made under a name of its own, then moved: another test may be building the same.
        let draft = tempfile::Builder::new().tempfile_in(target).expect("a draft").into_temp_path();
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-Werror"]).args(options);
        let status = compiler.arg("-o").arg(&draft).arg(&source).status().expect("cc");
        assert!(status.success(), "cc {}: {status}", source.display());
        draft.persist(&built).expect("a program");
    }
    built
}
