#![forbid(unsafe_code)]

mod provide;

use super::*;
use crate::fault::Place;
use proptest::prelude::*;
use std::ffi::OsString;

fn foreign(name: &str, words: Vec<OsString>) -> Foreign {
    let place = Place { file: "httpd.conf".into(), line: 1 };
    Foreign { name: name.into(), words, sections: Vec::new(), place }
}

/// Every directive of httpd 2.4 and of common modules by which something is opened after start-up, or
/// that looks as if: as found by reading all places in their sources that open, stat, connect or resolve.
const SURVEY: &str = "DocumentRoot Alias AliasMatch ScriptAlias ScriptAliasMatch UserDir VirtualDocumentRoot \
    VirtualDocumentRootIP VirtualScriptAlias VirtualScriptAliasIP RewriteRule RewriteCond RewriteMap \
    AuthUserFile AuthGroupFile AuthDBMUserFile AuthDBMGroupFile Require HostnameLookups \
    UseCanonicalName LDAPTrustedGlobalCert LDAPTrustedClientCert AuthLDAPURL DBDParams DAVLockDB \
    DAVGenericLockDB CacheRoot CacheLockPath CacheFile MMapFile SSLSessionCache SSLStaplingCache \
    AuthnCacheSOCache CacheSocache SSLCACertificatePath SSLCARevocationPath SSLProxyCACertificatePath \
    SSLProxyCARevocationPath SSLCACertificateFile SSLCertificateFile SSLCertificateKeyFile \
    SSLRandomSeed SSLUseStapling SSLOCSPEnable ProxyPass ProxyPassMatch ProxyRemote BalancerMember \
    SetHandler ProxyExpressDBMFile HeartbeatStorage ProxySCGISendfile ProxyFtpDirCharset \
    CharsetSourceEnc CharsetDefault xml2EncDefault BalancerPersist ScriptSock ScriptLog \
    ExtFilterDefine SuexecUserGroup InputSed OutputSed LuaRoot LuaMapHandler LuaHookFixups \
    LuaQuickHandler LuaAuthzProvider LuaInputFilter LuaOutputFilter LuaPackagePath LuaPackageCPath \
    MimeMagicFile TypesConfig MDStoreDir MDomain MDNotifyCmd MDMessageCmd RemoteIPTrustedProxyList \
    ErrorLog CustomLog PidFile ScoreBoardFile Mutex CoreDumpDirectory GprofDir FcgidIPCDir \
    FcgidWrapper SecDataDir SecTmpDir SecUploadDir SecAuditLogStorageDir SecChrootDir \
    WSGIDaemonProcess PHPIniDir Action";

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
        assert!(matches!(row.1, Class::Nothing(table::Why::Parent)), "{name}");
    }
}

fn facts(way: Way) -> Facts<'static> {
    Facts {
        bases: Bases { server_root: Path::new("/etc/httpd"), runtime_dir: Path::new("/run/httpd") },
        is_loaded: &|_| true,
        way,
        suexec: true,
        jail_at: Path::new("/srv/www"),
        scratch: &[],
        php_ini: &[],
    }
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_without_harm(
        index in 0..table::rows().count(),
        words in proptest::collection::vec("[ -~]{0,12}", 0..4),
        way in proptest::sample::select(vec![Way::View, Way::Link, Way::Off]),
    ) {
        let name = table::rows().nth(index).map_or("", |row| row.0);
        let written = [foreign(name, words.into_iter().map(OsString::from).collect())];
        claims(&written, &facts(way));
    }
}
