mod databases;
mod debian;
mod files;
mod known;
mod names;
mod php;
mod php_files;
mod programs;
mod provide;
mod scene;
mod served;

use super::*;
use crate::messages::Place;
use proptest::prelude::*;
use scene::{Scenery, read};
use std::ffi::OsString;
use std::path::PathBuf;

fn foreign(name: &str, words: Vec<OsString>) -> OtherDirective {
    let place = Place { file: "httpd.conf".into(), line: 1 };
    OtherDirective { name: name.into(), words, sections: Vec::new(), place }
}

/// Every directive of httpd 2.4 and of common modules by which something is opened after start-up, or
/// that looks as if: as found by reading all places in their sources that open, stat, connect or resolve.
const SURVEY: &str = "DocumentRoot Alias AliasMatch ScriptAlias ScriptAliasMatch UserDir VirtualDocumentRoot \
    VirtualDocumentRootIP VirtualScriptAlias VirtualScriptAliasIP <Directory <DirectoryMatch <Files \
    AccessFileName Options RewriteRule RewriteCond RewriteMap AuthUserFile AuthGroupFile \
    AuthDBMUserFile AuthDBMGroupFile Require HostnameLookups UseCanonicalName LogFormat AuthLDAPURL \
    LDAPTrustedGlobalCert LDAPTrustedClientCert AuthLDAPBindPassword SessionCryptoPassphrase \
    SessionCryptoPassphraseFile AuthLDAPCharsetConfig AuthnzFcgiDefineProvider DBDParams DAVLockDB \
    DAVGenericLockDB CacheRoot CacheLockPath CacheFile MMapFile SSLSessionCache SSLStaplingCache \
    AuthnCacheSOCache CacheSocache SSLCACertificatePath SSLCARevocationPath SSLProxyCACertificatePath \
    SSLProxyCARevocationPath SSLCACertificateFile SSLCARevocationFile SSLProxyCACertificateFile \
    SSLProxyCARevocationFile SSLCADNRequestFile SSLCADNRequestPath SSLCertificateFile \
    SSLCertificateKeyFile SSLCertificateChainFile SSLSessionTicketKeyFile SSLSRPVerifierFile \
    SSLOCSPResponderCertificateFile SSLProxyMachineCertificateFile SSLProxyMachineCertificatePath \
    SSLPassPhraseDialog SSLOpenSSLConfCmd SSLRandomSeed SSLUseStapling SSLOCSPEnable SSLOCSPProxyURL \
    ProxyPass ProxyPassMatch ProxyRemote BalancerMember SetHandler ProxyExpressDBMFile \
    HeartbeatStorage ProxySCGISendfile XSendFile ProxyFtpDirCharset CharsetSourceEnc CharsetDefault \
    xml2EncDefault ProxyFdpass BalancerPersist ScriptSock ScriptLog Action ErrorDocument \
    FallbackResource DirectoryIndex HeaderName ReadmeName IndexStyleSheet ExtFilterDefine AddHandler \
    Suexec SuexecUserGroup InputSed OutputSed LuaRoot LuaMapHandler LuaHookTranslateName \
    LuaHookFixups LuaHookMapToStorage LuaHookAccessChecker LuaHookAuthChecker LuaHookCheckUserID \
    LuaHookTypeChecker LuaHookLog LuaQuickHandler LuaAuthzProvider LuaInputFilter LuaOutputFilter \
    LuaPackagePath LuaPackageCPath MimeMagicFile TypesConfig MetaDir MetaSuffix ImapMenu FileETag \
    MDStoreDir MDomain MDCertificateFile MDCACertificateFile MDNotifyCmd MDMessageCmd \
    MDChallengeDns01 <If SetEnvIfExpr Header <IfFile Include IncludeOptional Define \
    RemoteIPTrustedProxyList RemoteIPInternalProxyList ErrorLog CustomLog TransferLog GlobalLog \
    ForensicLog PidFile ScoreBoardFile Listen LDAPSharedCacheFile AuthDigestShmemSize Mutex \
    CoreDumpDirectory GprofDir ServerRoot DefaultRuntimeDir FcgidIPCDir FcgidWrapper SecDataDir \
    SecTmpDir SecUploadDir SecAuditLogStorageDir SecGeoLookupDb SecChrootDir WSGIDaemonProcess \
    WSGISocketPrefix PerlRequire CASCertificatePath CASCookiePath PHPIniDir php_value";

#[test]
fn every_directive_of_the_survey_has_its_row() {
    let missing: Vec<_> =
        SURVEY.split_whitespace().filter(|name| table::find(name).is_none()).collect();
    assert!(missing.is_empty(), "not classified: {missing:?}");
}

#[test]
fn no_directive_has_two_rows() {
    let mut names: Vec<_> = table::rows().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_the_parent_does_is_said_to_be_its_business() {
    for name in ["PidFile", "ErrorLog", "SSLCertificateKeyFile", "TypesConfig"] {
        let row = table::find(name).expect(name);
        assert!(
            matches!(row.1, RowClass::Nothing(crate::preflight::engine::row::NoNeed::Parent)),
            "{name}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_without_harm(
        index in 0..table::rows().count(),
        words in proptest::collection::vec(word(), 0..4),
        section in proptest::option::of("[ -~]{0,12}"),
        way in proptest::sample::select(vec![HostPathMode::View, HostPathMode::Link, HostPathMode::Off]),
    ) {
        let name = table::rows().nth(index).map_or("", |row| row.0);
        let sections = section.into_iter().collect();
        let words = words.into_iter().map(OsString::from).collect();
        let written = [OtherDirective { sections, ..foreign(name, words) }];
        let scenery = Scenery { way, ..Scenery::default() };
        let (claims, _) = claims(&written, &scenery.facts(&|_| true));
        for claim in claims {
            prop_assert!(paths(&claim.need).iter().all(|path| path.is_absolute()), "{claim:?}");
        }
    }

    #[test]
    fn whatever_ini_files_hold_is_read_without_harm(text in "([ -~]{0,30}\n){0,6}") {
        let scenery = Scenery { ini: vec![("/etc/php.ini".into(), text)], ..Scenery::default() };
        claims(&[], &scenery.facts(&|_| true));
    }

    /// What no module of httpd's understands is not in its tree; what one switches on or off is.
    #[test]
    fn a_switch_alone_asks_for_nothing(index in 0..switches::ROWS.len(), word in word()) {
        let written = [foreign(switches::ROWS[index].0, vec![word.into()])];
        let (claims, known) = claims(&written, &Scenery::default().facts(&|_| false));
        prop_assert!(claims.is_empty() && known.is_empty());
    }
}

/// Words that come close to what directives have.
fn word() -> impl Strategy<Value = String> {
    let parts = "(/|unix:|proxy:|dbm:|txt:|exec:|file:|://|http://|[$]1|%[{]|\\||\"|'|[?*;=,. ]|s/|r |a|Z|é|-f |on|flock){0,6}";
    prop_oneof!["[ -~]{0,12}", parts]
}

fn paths(need: &crate::preflight::requirement::Resource) -> Vec<&Path> {
    use crate::preflight::requirement::Resource::*;
    match need {
        File(path)
        | Folder(path)
        | Either(path)
        | WritableFolder(path)
        | WritableFile(path)
        | Socket(path)
        | Program(path)
        | Programs { folder: path, .. } => vec![path],
        AnyFile(all) | Scratch(all) => all.iter().map(PathBuf::as_path).collect(),
        Host(_) | Resolver | Users => Vec::new(),
    }
}

#[test]
fn virtual_hosts_that_say_the_same_say_it_once() {
    let text = "<VirtualHost a>\nAuthUserFile /u\n</VirtualHost>\n<VirtualHost b>\nAuthUserFile /u\n</VirtualHost>";
    let (claims, _) = claims(&read(text), &Scenery::default().facts(&|_| true));
    let of_file = claims.iter().filter(|claim| claim.directive == "AuthUserFile");
    assert_eq!(
        of_file.map(|claim| claim.place.as_ref().map(|it| it.line)).collect::<Vec<_>>(),
        [Some(2)]
    );
}
