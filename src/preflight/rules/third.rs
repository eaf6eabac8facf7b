#![forbid(unsafe_code)]
//! Modules that are not httpd's own: WSGI, Perl, Subversion, single sign-on, X-Sendfile.

use super::found::{BREAKS, BREAKS_IF_THERE, Found, LESS, LESS_IF_THERE, Said};
use super::hosts;
use super::row::{Class, Row, always};
use super::scene::Scene;
use super::tls;
use super::used::{self, Use};
use super::words;
use crate::configured::Foreign;
use crate::fault::KnownTrouble;
use crate::preflight::{Need, Remedy};

pub(super) const ROWS: &[Row] = &[
    ("WSGIDaemonProcess", Class::Read(wsgi_daemon)),
    ("WSGISocketPrefix", Class::Path(0, Use::SocketBeside, BREAKS_IF_THERE, has_wsgi_daemons)),
    ("WSGIScriptAlias", Class::Read(wsgi_script)),
    ("WSGIPythonPath", Class::Read(python_path)),
    ("WSGIPythonHome", Class::Read(python_path)),
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

fn has_wsgi_daemons(scene: &Scene<'_>) -> bool {
    scene.has("WSGIDaemonProcess")
}

fn caches_in_files(scene: &Scene<'_>) -> bool {
    scene.says("OIDCCacheType", &["file"])
}

/// Its daemons are forked by the parent, and enter a jail only if they are told to.
fn wsgi_daemon(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if words::value_of(foreign, "chroot").is_none() {
        found.know(foreign, false, KnownTrouble::WsgiDaemon);
    }
    if !scene.has("WSGISocketPrefix") {
        let path = scene.facts.bases.runtime_dir.join("wsgi");
        let said = Said::unasked("WSGISocketPrefix", "wsgi");
        used::absolute(said, path, Use::SocketBeside, BREAKS_IF_THERE, found);
    }
}

/// `WSGIScriptAlias /url /path`, found by a child whoever runs it.
fn wsgi_script(foreign: &Foreign, scene: &Scene<'_>, found: &mut Found<'_>) {
    if let Some(path) = scene.path(words::at(foreign, 1)) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Need::Either(path), BREAKS_IF_THERE, remedy);
    }
    if !scene.has("WSGIDaemonProcess") {
        for folder in ["/usr/lib/python3", "/usr/local/lib/python3"] {
            let (need, remedy) = (Need::Folder(folder.into()), Remedy::Path(folder.into()));
            found.claim(foreign, need, BREAKS_IF_THERE, remedy);
        }
    }
}

fn python_path(foreign: &Foreign, _: &Scene<'_>, found: &mut Found<'_>) {
    for path in words::text(foreign, 0).split(':').filter(|path| path.starts_with('/')) {
        let (need, remedy) = (Need::Folder(path.into()), Remedy::Path(path.into()));
        found.claim(foreign, need, BREAKS_IF_THERE, remedy);
    }
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
