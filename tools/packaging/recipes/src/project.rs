//! Facts of the source tree, as `Cargo.toml` and `Cargo.lock` have them.

use std::path::Path;

use crate::Result;
use crate::desk::output_of;

/// A crate of `Cargo.lock` that comes from a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sha256: String,
}

impl Crate {
    /// The name of its file.
    pub(crate) fn file(&self) -> String {
        format!("{}-{}.crate", self.name, self.version)
    }
}

/// The project.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) version: String,
    pub(crate) repository: String,
    pub(crate) rust_version: String,
    /// The crates, in the order of `Cargo.lock`.
    pub(crate) crates: Vec<Crate>,
    /// The names of the crates that `Cargo.toml` itself asks for.
    pub(crate) direct: Vec<String>,
    /// The documents that packages install.
    pub(crate) documents: Vec<String>,
    /// The example configuration.
    pub(crate) example: String,
}

impl Project {
    /// Reads the project in a tree.
    pub(crate) fn read(tree: &Path) -> Result<Project> {
        let read = |file: &str| {
            std::fs::read_to_string(tree.join(file)).map_err(|error| format!("{file}: {error}"))
        };
        let manifest = read("Cargo.toml")?;
        let value =
            |key: &str| value_of(&manifest, key).ok_or_else(|| format!("Cargo.toml has no {key}"));
        let documents = output_of(tree, "sh", &["-c", ". tools/env && documents"])?;
        Ok(Project {
            version: value("version")?,
            repository: value("repository")?,
            rust_version: value("rust-version")?,
            crates: crates_of(&read("Cargo.lock")?),
            direct: direct_crates(&manifest),
            documents: documents.lines().map(str::to_owned).collect(),
            example: read("docs/conf/chroot.conf")?,
        })
    }

    /// The name of the source tarball.
    pub(crate) fn tarball(&self) -> String {
        format!("mod_chroot-{}.tar.gz", self.version)
    }

    /// The name of the tarball with all crates.
    pub(crate) fn vendored(&self) -> String {
        format!("mod_chroot-{}-vendor.tar.xz", self.version)
    }

    /// The account and the name of the repository.
    pub(crate) fn account_and_name(&self) -> Result<(&str, &str)> {
        let rest = self.repository.strip_prefix("https://github.com/");
        let parts = rest.and_then(|rest| rest.split_once('/'));
        parts.ok_or_else(|| format!("not ACCOUNT/NAME at GitHub: {}", self.repository))
    }
}

/// The first value of a key of `Cargo.toml`.
fn value_of(manifest: &str, key: &str) -> Option<String> {
    let start = format!("{key} = \"");
    let found = manifest.lines().find_map(|line| line.strip_prefix(start.as_str()))?;
    found.strip_suffix('"').map(str::to_owned)
}

/// The crates of `Cargo.lock` that have a checksum.
fn crates_of(lock: &str) -> Vec<Crate> {
    let package = |block: &str| {
        let value = |key| value_of(block, key);
        Some(Crate { name: value("name")?, version: value("version")?, sha256: value("checksum")? })
    };
    lock.split("[[package]]").filter_map(package).collect()
}

/// The names in all sections of `Cargo.toml` that end with `dependencies`.
fn direct_crates(manifest: &str) -> Vec<String> {
    let mut on = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            on = line.trim_end().ends_with("dependencies]");
        } else if on && line.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            names.extend(line.split([' ', '=', '.']).next().map(str::to_owned));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_those_with_a_checksum_in_their_order() {
        let lock = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"0.1.0\"\nsource = \"s\"\nchecksum = \"ab\"\n\
                    dependencies = [\n \"a\",\n]\n\n\
                    [[package]]\nname = \"a\"\nversion = \"2.0.0+x\"\nchecksum = \"cd\"\n";
        let found = crates_of(lock);
        let files: Vec<_> = found.iter().map(Crate::file).collect();
        assert_eq!(files, ["b-0.1.0.crate", "a-2.0.0+x.crate"]);
        assert_eq!(found[0].sha256, "ab");
    }

    #[test]
    fn direct_crates_are_those_of_all_sections() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nlibc = \"0.2\"\n# no\n\n\
                        [build-dependencies]\nbindgen = { version = \"1\" }\n[dev-dependencies]\n\
                        ureq = \"3\"\n[profile.dev]\npanic = \"unwind\"\n";
        assert_eq!(direct_crates(manifest), ["libc", "bindgen", "ureq"]);
    }

    #[test]
    fn a_value_is_the_first_one_of_its_key() {
        let manifest = "version = \"2.0.0\"\nrust-version = \"1.85\"\nversion = \"9\"\n";
        assert_eq!(value_of(manifest, "version").as_deref(), Some("2.0.0"));
        assert_eq!(value_of(manifest, "rust-version").as_deref(), Some("1.85"));
        assert_eq!(value_of(manifest, "homepage"), None);
    }
}
