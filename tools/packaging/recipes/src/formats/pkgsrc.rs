//! pkgsrc: version, address and Rust in `Makefile`, the crates in `cargo-depends.mk`, the documents in `PLIST`, the
//! example, and `distinfo` (BLAKE2s, SHA512 and size of all that is fetched). Whatever `lang/rust` does by itself is
//! not written: the minimum Rust, and the places of crates, unless it would look for them elsewhere.

use super::{example, packing_list};
use crate::Result;
use crate::desk::Desk;
use crate::edit;
use crate::project::{Crate, Project};
use crate::release::{Digest, Release};

const MAKEFILE: &str = "ports/netbsd/Makefile";
const DISTINFO: &str = "ports/netbsd/distinfo";

/// The Rust that `lang/rust/rust.mk` asks for by itself.
const RUST_OF_PKGSRC: [u32; 2] = [1, 85];

/// Checks or writes the files of the package.
pub(crate) fn amend(project: &Project, release: Option<&Release>, desk: &mut Desk) -> Result<()> {
    let sites = sites(&project.crates);
    let text = edit::between(&desk.read(MAKEFILE)?, ".include \"cargo-depends.mk\"", "", &sites);
    desk.amend(MAKEFILE, &makefile(project, &text)?)?;
    let line = |one: &Crate| format!("CARGO_CRATE_DEPENDS+=\t{}-{}\n", one.name, one.version);
    let crates: String = project.crates.iter().map(line).collect();
    desk.amend("ports/netbsd/cargo-depends.mk", &format!("# $NetBSD$\n\n{crates}"))?;
    let list = desk.read("ports/netbsd/PLIST")?;
    let list = packing_list(&list, "share/doc/${PKGBASE}/", &project.documents);
    desk.amend("ports/netbsd/PLIST", &list)?;
    let module = "lib/httpd/mod_chroot.so";
    let full = format!("@PREFIX@/{module}");
    let text = example(project, &full, module, "/srv/www", "@PREFIX@/bin/perl");
    desk.amend("ports/netbsd/files/chroot.conf", &text)?;
    let mut fetched: Vec<String> = project.crates.iter().map(Crate::file).collect();
    fetched.sort();
    match release {
        Some(release) => amend_distinfo(project, &fetched, release, desk),
        None => check_distinfo(&fetched, desk),
    }
}

fn makefile(project: &Project, text: &str) -> Result<String> {
    let (account, name) = project.account_and_name()?;
    let values = [
        ("DISTNAME=", format!("\tmod_chroot-{}", project.version)),
        ("MASTER_SITES=", format!("\t${{MASTER_SITE_GITHUB:={account}/}}")),
        ("GITHUB_PROJECT=", format!("\t{name}")),
        ("HOMEPAGE=", format!("\t{}/", project.repository)),
    ];
    let text = edit::lines(text, |line| {
        let found = values.iter().find_map(|(key, value)| edit::after(line, key, value));
        found.unwrap_or_else(|| line.to_owned())
    });
    let mut edited = String::new();
    for line in text.lines().filter(|line| !line.starts_with("RUST_REQ=")) {
        edited += &format!("{line}\n");
        if line.starts_with("USE_TOOLS") && needs_newer_rust(&project.rust_version) {
            edited += &format!("RUST_REQ=\t{}.0\n", project.rust_version);
        }
    }
    Ok(edited)
}

fn needs_newer_rust(version: &str) -> bool {
    let numbers: Vec<u32> = version.split('.').flat_map(str::parse).collect();
    numbers.as_slice() > RUST_OF_PKGSRC.as_slice()
}

/// The places of crates that `cargo.mk` (1.39) would not find: it takes the last "-" that a digit follows for the
/// beginning of the version.
fn sites(crates: &[Crate]) -> Vec<String> {
    let is_misread = |one: &&Crate| {
        one.version.match_indices('-').any(|(at, _)| {
            let rest = &one.version[at + 1..];
            let digits = rest.chars().take_while(char::is_ascii_digit).count();
            digits > 0 && rest[digits..].starts_with('.')
        })
    };
    let line = |one: &Crate| {
        let Crate { name, version, .. } = one;
        format!(
            "SITES.{name}-{version}.crate=\t${{MASTER_SITE_CRATESIO:S|^|-|:S|$|{name}/{version}/download|}}"
        )
    };
    let mut lines: Vec<String> = crates.iter().filter(is_misread).map(line).collect();
    if !lines.is_empty() {
        lines.insert(0, "# cargo.mk takes the last \"-\" for the start of the version.".to_owned());
    }
    lines
}

fn amend_distinfo(
    project: &Project,
    crates: &[String],
    release: &Release,
    desk: &mut Desk,
) -> Result<()> {
    let mut fetched = crates.to_vec();
    fetched.push(project.tarball());
    fetched.sort();
    let mut text = "$NetBSD$\n\n".to_owned();
    for name in &fetched {
        let [blake2s, sha512] =
            [Digest::Blake2s, Digest::Sha512].map(|kind| release.digest(kind, name));
        text += &format!("BLAKE2s ({name}) = {}\nSHA512 ({name}) = {}\n", blake2s?, sha512?);
        text += &format!("Size ({name}) = {} bytes\n", release.size(name)?);
    }
    desk.amend(DISTINFO, &text)
}

/// Without the files: the crates that are listed.
fn check_distinfo(fetched: &[String], desk: &mut Desk) -> Result<()> {
    let text = desk.read(DISTINFO)?;
    let names = text.lines().filter_map(|line| line.strip_prefix("SHA512 (")?.split(')').next());
    let found: Vec<String> =
        names.filter(|name| name.ends_with(".crate")).map(str::to_owned).collect();
    desk.same_list(DISTINFO, &found, fetched);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(version: &str) -> Crate {
        Crate { name: "wasip2".to_owned(), version: version.to_owned(), sha256: String::new() }
    }

    #[test]
    fn only_a_crate_whose_version_is_misread_has_a_place_of_its_own() {
        assert!(sites(&[one("1.0.1"), one("1.0.1+wasi-a"), one("1.0-rc1")]).is_empty());
        let found = sites(&[one("1.0.1"), one("1.0.1+wasi-0.2.4")]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].starts_with("SITES.wasip2-1.0.1+wasi-0.2.4.crate=\t"), "{found:?}");
    }

    #[test]
    fn rust_is_asked_for_where_pkgsrc_has_an_older_minimum() {
        assert!(!needs_newer_rust("1.85") && !needs_newer_rust("1.56"));
        assert!(needs_newer_rust("1.86") && needs_newer_rust("2.0"));
    }
}
