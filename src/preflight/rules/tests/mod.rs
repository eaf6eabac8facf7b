mod databases;
mod debian;
mod files;
mod known;
mod names;
mod php;
mod php_files;
mod programs;
mod provide;
mod served;

use super::properties::list_paths;
use super::*;
use crate::messages::Place;
use fixture::{RuleFixture, parse_config};
use proptest::prelude::*;
use std::ffi::OsString;

fn directive(name: &str, words: Vec<OsString>) -> OtherDirective {
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
        SURVEY.split_whitespace().filter(|name| find_row(name).is_none()).collect();
    assert!(missing.is_empty(), "not classified: {missing:?}");
}

#[test]
fn no_directive_has_two_rows() {
    let mut names: Vec<_> = rows().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn files_of_the_parent_are_classified_as_such() {
    for name in ["PidFile", "ErrorLog", "SSLCertificateKeyFile", "TypesConfig"] {
        let row = find_row(name).expect(name);
        assert!(
            matches!(row.1, RowClass::Nothing(crate::preflight::engine::row::NoNeed::Parent)),
            "{name}"
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_words_are_read_without_panic(
        index in 0..rows().count(),
        words in proptest::collection::vec(word(), 0..4),
        section in proptest::option::of("[ -~]{0,12}"),
        mode in proptest::sample::select(vec![HostPathMode::View, HostPathMode::Link, HostPathMode::Off]),
    ) {
        let name = rows().nth(index).map_or("", |row| row.0);
        let sections = section.into_iter().collect();
        let words = words.into_iter().map(OsString::from).collect();
        let written = [OtherDirective { sections, ..directive(name, words) }];
        let fixture = RuleFixture { mode, ..RuleFixture::default() };
        let (requirements, _) = collect_requirements(&written, &fixture.input(&|_| true));
        for requirement in requirements {
            prop_assert!(list_paths(&requirement.resource).iter().all(|path| path.is_absolute()), "{requirement:?}");
        }
    }

    #[test]
    fn arbitrary_ini_files_are_read_without_panic(text in "([ -~]{0,30}\n){0,6}") {
        let fixture = RuleFixture { ini: vec![("/etc/php.ini".into(), text)], ..RuleFixture::default() };
        collect_requirements(&[], &fixture.input(&|_| true));
    }

    /// A switch is in httpd's tree, but requires nothing by itself.
    #[test]
    fn a_switch_alone_requires_nothing(index in 0..ignored::SWITCHES.len(), word in word()) {
        let written = [directive(ignored::SWITCHES[index].0, vec![word.into()])];
        let (requirements, known) = collect_requirements(&written, &RuleFixture::default().input(&|_| false));
        prop_assert!(requirements.is_empty() && known.is_empty());
    }
}

/// Words that come close to what directives have.
fn word() -> impl Strategy<Value = String> {
    let parts = "(/|unix:|proxy:|dbm:|txt:|exec:|file:|://|http://|[$]1|%[{]|\\||\"|'|[?*;=,. ]|s/|r |a|Z|é|-f |on|flock){0,6}";
    prop_oneof!["[ -~]{0,12}", parts]
}

#[test]
fn a_requirement_of_several_virtual_hosts_is_listed_once() {
    let text = "<VirtualHost a>\nAuthUserFile /u\n</VirtualHost>\n<VirtualHost b>\nAuthUserFile /u\n</VirtualHost>";
    let (requirements, _) =
        collect_requirements(&parse_config(text), &RuleFixture::default().input(&|_| true));
    let of_file = requirements.iter().filter(|requirement| requirement.directive == "AuthUserFile");
    assert_eq!(
        of_file.map(|requirement| requirement.place.as_ref().map(|it| it.line)).collect::<Vec<_>>(),
        [Some(2)]
    );
}
