//! PLD: the spec's version, its minimum Rust, its addresses, and the MD5 sums of the two tarballs.

use crate::Result;
use crate::desk::Desk;
use crate::edit;
use crate::project::Project;
use crate::release::{Digest, Release};

const SPEC: &str = "ports/pld/apache-mod_chroot.spec";

/// Checks or writes the spec.
pub(crate) fn amend(project: &Project, release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let mut values = vec![
        ("Version:\t", project.version.clone()),
        ("BuildRequires:\trust >= ", project.rust_version.clone()),
        ("URL:\t", format!("\t{}", project.repository)),
    ];
    if let Some(release) = release {
        let sum = |file: &str| release.digest(Digest::Md5, file);
        values.push(("# Source0-md5:\t", sum(&project.tarball())?));
        values.push(("# Source1-md5:\t", sum(&project.vendored())?));
    }
    let text = edit::lines(&desk.read(SPEC)?, |line| {
        let found = values.iter().find_map(|(key, value)| edit::after(line, key, value));
        found.unwrap_or_else(|| edit::downloads(line, &project.repository))
    });
    desk.amend(SPEC, &text)
}
