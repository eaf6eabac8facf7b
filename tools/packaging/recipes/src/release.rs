//! The release: tarballs and crates as `tools/dist` makes them, and their checksums.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::desk::output_of;

/// A kind of checksum, by its name in openssl(1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Blake2b,
    Blake2s,
    Md5,
    Rmd160,
    Sha256,
    Sha512,
}

impl Digest {
    fn option(self) -> &'static str {
        match self {
            Digest::Blake2b => "-blake2b512",
            Digest::Blake2s => "-blake2s256",
            Digest::Md5 => "-md5",
            Digest::Rmd160 => "-rmd160",
            Digest::Sha256 => "-sha256",
            Digest::Sha512 => "-sha512",
        }
    }

    /// The checksum of a file, in hexadecimal digits.
    pub(crate) fn of(self, file: &Path) -> Result<String> {
        let name = file.to_string_lossy();
        let answer = output_of(Path::new("."), "openssl", &["dgst", self.option(), "-r", &name])?;
        let sum = answer.split_whitespace().next().map(str::to_owned);
        sum.ok_or_else(|| format!("openssl dgst says nothing of {name}"))
    }
}

/// A release in a folder.
pub(crate) struct Release(PathBuf);

impl Release {
    /// The release that `tools/dist` made in a folder.
    pub(crate) fn open(folder: PathBuf) -> Result<Release> {
        if folder.join("SHA256SUMS").is_file() {
            return Ok(Release(folder));
        }
        Err(format!("{} has no release in it; tools/dist makes one", folder.display()))
    }

    /// The file of this name, which is a tarball or a crate.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let tarball = self.0.join(name);
        if tarball.exists() { tarball } else { self.0.join("crates").join(name) }
    }

    /// A checksum of a file of the release.
    pub(crate) fn digest(&self, kind: Digest, name: &str) -> Result<String> {
        kind.of(&self.file(name))
    }

    /// The size of a file of the release.
    pub(crate) fn size(&self, name: &str) -> Result<u64> {
        let facts = std::fs::metadata(self.file(name));
        facts.map(|facts| facts.len()).map_err(|error| format!("{name}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published sums of "abc".
    #[test]
    fn checksums_are_those_of_the_standards() {
        let file = std::env::temp_dir().join(format!("mod_chroot-recipes-{}", std::process::id()));
        std::fs::write(&file, "abc").unwrap();
        let sums = [
            (Digest::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Digest::Rmd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            (Digest::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Digest::Blake2s, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"),
        ];
        let found = sums.map(|(kind, _)| kind.of(&file));
        let begin = |kind: Digest| kind.of(&file).unwrap()[..16].to_owned();
        let long = [Digest::Sha512, Digest::Blake2b].map(begin);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(found, sums.map(|(_, sum)| Ok(sum.to_owned())));
        assert_eq!(long, ["ddaf35a193617aba", "ba80a53f981c4d0d"]);
    }

    #[test]
    fn a_folder_without_checksums_is_no_release() {
        assert!(Release::open(PathBuf::from("/nonexistent")).is_err());
    }
}
