#![forbid(unsafe_code)]
//! Modules that are not httpd's own: Perl, Subversion, single sign-on, X-Sendfile.

use super::found::{BREAKS, Found, LESS, LESS_IF_THERE};
use super::hosts;
use super::row::{Class, Row, always};
use super::scene::Scene;
use super::tls;
use super::used::Use;
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};

pub(super) const ROWS: &[Row] = &[
    ("PerlResponseHandler", Class::Read(perl_handler)),
    ("PerlHandler", Class::Read(perl_handler)),
    ("SVNPath", Class::Path(0, Use::WriteIn, BREAKS, always)),
    ("SVNParentPath", Class::Path(0, Use::ReadIn, BREAKS, always)),
    ("AuthzSVNAccessFile", Class::Path(0, Use::Read, BREAKS, always)),
    ("CASCookiePath", Class::Path(0, Use::WriteIn, BREAKS, always)),
    ("CASCertificatePath", Class::Read(authorities)),
    ("CASValidateURL", Class::Read(url)),
    ("OIDCCacheDir", Class::Path(0, Use::WriteIn, BREAKS, caches_in_files)),
    ("OIDCMetadataDir", Class::Path(0, Use::WriteIn, BREAKS, always)),
    ("OIDCCABundlePath", Class::Read(authorities)),
    ("OIDCProviderMetadataURL", Class::Read(url)),
    ("XSendFile", Class::Read(send_file)),
    ("XSendFilePath", Class::Read(send_file_path)),
];

fn caches_in_files(scene: &Scene<'_>) -> bool {
    scene.says("OIDCCacheType", &["file"])
}

/// Scripts of a registry are compiled in a child, and load the modules that they use there.
fn perl_handler(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    let name = words::text(foreign, 0);
    if ["Registry", "PerlRun"].iter().any(|part| name.contains(part)) {
        let remedy = || Remedy::Words("write ChrootProvide program:/usr/bin/perl".into());
        for folder in ["/usr/share/perl", "/usr/share/perl5", "/usr/lib64/perl5"] {
            found.claim(foreign, Need::Folder(folder.into()), LESS_IF_THERE, remedy());
        }
    }
}

fn authorities(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if let Some(path) = scene.path(words::at(foreign, 0)) {
        let (remedy, weight) = tls::public(&path);
        found.claim(foreign, Need::Either(path), weight, remedy);
    }
}

fn url(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    hosts::of_url(foreign, words::at(foreign, 0), BREAKS, found);
}

fn send_file(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_on = words::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !scene.has("XSendFilePath") {
        found.know(foreign, false, KnownTrouble::SendFile);
    }
}

fn send_file_path(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if let Some(path) = scene.path(words::at(foreign, 0)) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Need::Folder(path), LESS, remedy);
    }
}
