//! Gentoo: the ebuild's name, CRATES and RUST_MIN_VER; its configuration, which is the example in IfDefine; and the
//! Manifest (name, size, BLAKE2B and SHA512 of all that is fetched).

use crate::Result;
use crate::desk::Desk;
use crate::edit;
use crate::project::{Crate, Project};
use crate::release::{Digest, Release};

const FOLDER: &str = "gentoo/www-apache/mod_chroot";

/// The head of the configuration.
const HEAD: &str = "\
# With -D CHROOT in APACHE2_OPTS the module is loaded. Portage keeps this file, if it was edited, when the package is
# removed; Apache starts then, without a jail.
<IfDefine CHROOT>
<IfFile modules/mod_chroot.so>
LoadModule chroot_module modules/mod_chroot.so
</IfFile>
</IfDefine>

";

/// Checks or writes the files of the overlay.
pub(crate) fn amend(project: &Project, release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let name = format!("mod_chroot-{}.ebuild", project.version);
    desk.rename(FOLDER, "mod_chroot-", ".ebuild", &name)?;
    let ebuild = format!("{FOLDER}/{name}");
    if desk.has(&ebuild) {
        let text = desk.read(&ebuild)?;
        let line = |one: &Crate| format!("\t{}@{}", one.name, one.version);
        let crates: Vec<String> = project.crates.iter().map(line).collect();
        let text = edit::between(&text, "CRATES=\"", "\"", &crates);
        desk.amend(&ebuild, &edit::lines(&text, |line| main_line(project, line)))?;
    } else {
        desk.disagree(&format!("there is no {ebuild}"));
    }
    let conf = format!("{FOLDER}/files/42_mod_chroot.conf");
    desk.amend(&conf, &format!("{HEAD}{}", project.example))?;
    let mut fetched: Vec<String> = project.crates.iter().map(Crate::file).collect();
    fetched.push(project.tarball());
    fetched.sort();
    amend_manifest(&fetched, release, desk)
}

fn main_line(project: &Project, line: &str) -> String {
    edit::after(line, "RUST_MIN_VER=", &format!("\"{}.0\"", project.rust_version))
        .or_else(|| edit::after(line, "HOMEPAGE=", &format!("\"{}\"", project.repository)))
        .unwrap_or_else(|| edit::downloads(line, &project.repository))
}

fn amend_manifest(fetched: &[String], release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let manifest = format!("{FOLDER}/Manifest");
    let Some(release) = release else {
        let text = desk.read(&manifest)?;
        let names = text.lines().filter_map(|line| line.strip_prefix("DIST ")?.split(' ').next());
        desk.same_list(&manifest, &names.map(str::to_owned).collect::<Vec<_>>(), fetched);
        return Ok(());
    };
    let mut lines = Vec::new();
    for file in fetched {
        let size = release.size(file)?;
        let [blake2b, sha512] =
            [Digest::Blake2b, Digest::Sha512].map(|kind| release.digest(kind, file));
        lines.push(format!("DIST {file} {size} BLAKE2B {} SHA512 {}\n", blake2b?, sha512?));
    }
    desk.amend(&manifest, &lines.concat())
}
