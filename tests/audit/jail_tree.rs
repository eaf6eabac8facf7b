//! A real tree on disk for the search of [`mod_chroot::test_api`], without httpd.
#![allow(dead_code, reason = "each test crate uses its own part")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::harness::folders;
use mod_chroot::test_api::{SearchAnswer, SearchQuestion, ask};

/// The user of the children.
pub(crate) const ME: u32 = 4242;
/// A supplementary group of theirs.
pub(crate) const GROUP: u32 = 4244;

/// A folder with a jail that holds what an ordinary one does.
pub(crate) struct Scene(pub(crate) tempfile::TempDir);

impl Scene {
    /// Makes it.
    pub(crate) fn new() -> Self {
        let scene = Self(folders::create());
        for name in ["htdocs/a/b", "etc/ssl", "lib", "usr/lib", "dev", "var/tmp"] {
            fs::create_dir_all(scene.jail().join(name)).expect("a folder");
        }
        scene.file("htdocs/index.html", 0o644);
        scene.file("lib/libc.so.6", 0o755);
        scene
    }

    /// Where the jail is.
    pub(crate) fn jail(&self) -> PathBuf {
        self.0.path().join("jail")
    }

    /// Puts a file into the jail.
    pub(crate) fn file(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.jail().join(name);
        fs::write(&path, name).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("its mode");
        path
    }

    /// The question about this jail.
    pub(crate) fn question(&self) -> SearchQuestion {
        SearchQuestion {
            jail: self.jail(),
            uid: ME,
            gids: vec![ME, GROUP],
            own: vec![],
            host_paths: true,
            across: false,
            budget: None,
        }
    }

    /// The answer, which must be complete.
    pub(crate) fn ask(&self) -> SearchAnswer {
        let answer = ask(&self.question()).expect("an answer");
        assert!(answer.complete && answer.capabilities && answer.gaps.is_empty(), "{answer:?}");
        answer
    }

    /// Exactly this is found, and this is said.
    #[track_caller]
    pub(crate) fn finds(&self, id: &str, name: &str, words: &str) {
        only(&self.ask(), &self.jail(), id, name, words);
    }

    /// Asserts that nothing is found.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.ask().findings, [""; 0]);
    }
}

/// The answer has this finding, and no other.
#[track_caller]
pub(crate) fn only(answer: &SearchAnswer, jail: &Path, id: &str, name: &str, words: &str) {
    let [said] = answer.findings.as_slice() else { panic!("not one: {answer:#?}") };
    let start = format!("{id}: ChrootAudit \"warn\": \"{}\" ", jail.join(name).display());
    assert!(said.starts_with(&start), "{said}\nnot {start}");
    assert!(said.contains(words) && said.contains("; "), "{said}");
}
