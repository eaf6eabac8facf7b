//! Modules that are not httpd's own: Perl, Subversion, single sign-on, X-Sendfile.

use crate::config::other_directives::OtherDirective;
use crate::messages::KnownIssueKind;
use crate::preflight::engine::collector::{BREAKS, Collector, LESS, LESS_IF_THERE};
use crate::preflight::engine::context::RuleContext;
use crate::preflight::engine::path_use::PathUse;
use crate::preflight::engine::row::{Row, RowClass, always};
use crate::preflight::engine::{args, hosts};
use crate::preflight::rules::tls;
use crate::preflight::{Remedy, Resource};

pub(crate) const ROWS: &[Row] = &[
    ("PerlResponseHandler", RowClass::Read(perl_handler)),
    ("PerlHandler", RowClass::Read(perl_handler)),
    ("SVNPath", RowClass::Path(0, PathUse::WriteIn, BREAKS, always)),
    ("SVNParentPath", RowClass::Path(0, PathUse::ReadIn, BREAKS, always)),
    ("AuthzSVNAccessFile", RowClass::Path(0, PathUse::Read, BREAKS, always)),
    ("CASCookiePath", RowClass::Path(0, PathUse::WriteIn, BREAKS, always)),
    ("CASCertificatePath", RowClass::Read(authorities)),
    ("CASValidateURL", RowClass::Read(url)),
    ("OIDCCacheDir", RowClass::Path(0, PathUse::WriteIn, BREAKS, caches_in_files)),
    ("OIDCMetadataDir", RowClass::Path(0, PathUse::WriteIn, BREAKS, always)),
    ("OIDCCABundlePath", RowClass::Read(authorities)),
    ("OIDCProviderMetadataURL", RowClass::Read(url)),
    ("XSendFile", RowClass::Read(send_file)),
    ("XSendFilePath", RowClass::Read(send_file_path)),
];

fn caches_in_files(scene: &RuleContext<'_>) -> bool {
    scene.says("OIDCCacheType", &["file"])
}

/// Scripts of a registry are compiled in a child, and load the modules that they use there.
fn perl_handler(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    let name = args::text(foreign, 0);
    if ["Registry", "PerlRun"].iter().any(|part| name.contains(part)) {
        let remedy = || Remedy::Words("write ChrootProvide program:/usr/bin/perl".into());
        for folder in ["/usr/share/perl", "/usr/share/perl5", "/usr/lib64/perl5"] {
            found.claim(foreign, Resource::Folder(folder.into()), LESS_IF_THERE, remedy());
        }
    }
}

fn authorities(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(path) = scene.path(args::at(foreign, 0)) {
        let (remedy, weight) = tls::public(&path);
        found.claim(foreign, Resource::Either(path), weight, remedy);
    }
}

fn url(foreign: &OtherDirective, _: &RuleContext<'_>, found: &mut Collector<'_>) {
    hosts::of_url(foreign, args::at(foreign, 0), BREAKS, found);
}

fn send_file(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    let is_on = args::text(foreign, 0).eq_ignore_ascii_case("on");
    if is_on && !scene.has("XSendFilePath") {
        found.know(foreign, false, KnownIssueKind::SendFile);
    }
}

fn send_file_path(foreign: &OtherDirective, scene: &RuleContext<'_>, found: &mut Collector<'_>) {
    if let Some(path) = scene.path(args::at(foreign, 0)) {
        let remedy = Remedy::Path(path.clone());
        found.claim(foreign, Resource::Folder(path), LESS, remedy);
    }
}
