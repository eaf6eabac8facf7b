//! MacPorts: version and address in `github.setup`, `cargo.crates` with their checksums, the tarball's own checksums,
//! and the example.

use super::example;
use crate::Result;
use crate::desk::Desk;
use crate::edit;
use crate::project::{Crate, Project};
use crate::release::{Digest, Release};

const PORTFILE: &str = "ports/darwin/Portfile";

/// Checks or writes the files of the port.
pub(crate) fn amend(project: &Project, release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let (account, name) = project.account_and_name()?;
    let setup = format!("       {account} {name} {} v", project.version);
    let text =
        edit::between(&desk.read(PORTFILE)?, "cargo.crates", "", &crate_lines(&project.crates));
    let text = edit::lines(&text, |line| {
        edit::after(line, "github.setup ", &setup).unwrap_or_else(|| line.to_owned())
    });
    let text = match release {
        Some(release) => with_sums(&text, &project.tarball(), release)?,
        None => text,
    };
    desk.amend(PORTFILE, &text)?;
    let module = "lib/apache2/modules/mod_chroot.so";
    let full = format!("@PREFIX@/{module}");
    let text = example(project, &full, module, "@PREFIX@/www/apache2", "@PREFIX@/bin/perl");
    desk.amend("ports/darwin/files/mod_chroot.conf", &text)
}

fn crate_lines(crates: &[Crate]) -> Vec<String> {
    let line = |one: &Crate| format!("    {:<28} {:>16}  {}", one.name, one.version, one.sha256);
    let mut lines: Vec<String> = crates.iter().map(line).collect();
    let last = lines.len().saturating_sub(1);
    lines.iter_mut().take(last).for_each(|line| line.push_str(" \\"));
    lines
}

/// The lines of `checksums`, of which the first stands behind the word itself.
fn with_sums(text: &str, tarball: &str, release: &Release) -> Result<String> {
    let rmd160 = release.digest(Digest::Rmd160, tarball)?;
    let sha256 = release.digest(Digest::Sha256, tarball)?;
    let size = release.size(tarball)?;
    Ok(edit::lines(text, |line| {
        let with = |key: &str, value: String| {
            line.find(key).map(|at| format!("{}{key}{value}", &line[..at]))
        };
        with("rmd160  ", format!("{rmd160} \\"))
            .or_else(|| with("sha256  ", format!("{sha256} \\")))
            .or_else(|| {
                line.trim_start()
                    .starts_with("size    ")
                    .then(|| with("size    ", size.to_string()))?
            })
            .unwrap_or_else(|| line.to_owned())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_but_the_last_is_continued() {
        let one = |name: &str| Crate {
            name: name.to_owned(),
            version: "1.0".to_owned(),
            sha256: "ab".to_owned(),
        };
        let lines = crate_lines(&[one("a"), one("b")]);
        assert!(lines[0].ends_with("1.0  ab \\") && lines[1].ends_with("1.0  ab"), "{lines:?}");
        assert!(crate_lines(&[]).is_empty());
    }
}
