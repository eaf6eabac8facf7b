//! Directives whose values children do not use, and switches of other directives.

use crate::preflight::engine::row::{NoNeed, Row, RowClass};

const PARENT: RowClass = RowClass::Nothing(NoNeed::Parent);
const SERVED: RowClass = RowClass::Nothing(NoNeed::Served);
const WARMED: RowClass = RowClass::Nothing(NoNeed::Warmed);
const ELSEWHERE: RowClass = RowClass::Nothing(NoNeed::Elsewhere);

pub(crate) const ROWS: &[Row] = &[
    // Logs are inherited open, or are pipes to programs outside.
    ("ErrorLog", PARENT),
    ("CustomLog", PARENT),
    ("TransferLog", PARENT),
    ("GlobalLog", PARENT),
    ("ForensicLog", PARENT),
    ("RewriteLog", PARENT),
    ("SecAuditLog", PARENT),
    ("SecDebugLog", PARENT),
    ("SecGuardianLog", PARENT),
    // The server's own.
    ("PidFile", PARENT),
    ("ScoreBoardFile", PARENT),
    ("Listen", PARENT),
    ("ServerRoot", PARENT),
    ("DefaultRuntimeDir", PARENT),
    ("Include", PARENT),
    ("IncludeOptional", PARENT),
    ("<IfFile", PARENT),
    ("LoadModule", PARENT),
    ("LoadFile", PARENT),
    ("LDAPSharedCacheFile", PARENT),
    ("AuthDigestShmemSize", PARENT),
    ("BalancerPersist", PARENT),
    ("TypesConfig", PARENT),
    // mod_mime_magic runs gzip for compressed files; without it, their type stays unknown.
    ("MimeMagicFile", PARENT),
    ("RemoteIPTrustedProxyList", PARENT),
    ("RemoteIPInternalProxyList", PARENT),
    // Certificates and keys are read once.
    ("SSLCACertificateFile", PARENT),
    ("SSLCARevocationFile", PARENT),
    ("SSLProxyCACertificateFile", PARENT),
    ("SSLProxyCARevocationFile", PARENT),
    ("SSLCADNRequestFile", PARENT),
    ("SSLCADNRequestPath", PARENT),
    ("SSLCertificateFile", PARENT),
    ("SSLCertificateKeyFile", PARENT),
    ("SSLCertificateChainFile", PARENT),
    ("SSLSessionTicketKeyFile", PARENT),
    ("SSLSRPVerifierFile", PARENT),
    ("SSLOCSPResponderCertificateFile", PARENT),
    ("SSLProxyMachineCertificateFile", PARENT),
    ("SSLProxyMachineCertificatePath", PARENT),
    ("SSLProxyMachineCertificateChainFile", PARENT),
    ("SSLPassPhraseDialog", PARENT),
    ("SSLOpenSSLConfCmd", PARENT),
    ("MDCertificateKeyFile", PARENT),
    // Programs that are run while the configuration is read, and addresses looked up then.
    ("AuthLDAPBindPassword", PARENT),
    ("SessionCryptoPassphrase", PARENT),
    ("SessionCryptoPassphraseFile", PARENT),
    ("AuthLDAPCharsetConfig", PARENT),
    ("AuthnzFcgiDefineProvider", PARENT),
    // Databases of mod_security that are opened while the configuration is read.
    ("SecGeoLookupDb", PARENT),
    ("SecGsbLookupDb", PARENT),
    ("SecUnicodeMapFile", PARENT),
    ("SecRuleScript", PARENT),
    // Loaded before the fork.
    ("PerlRequire", PARENT),
    ("PerlConfigRequire", PARENT),
    ("PerlPostConfigRequire", PARENT),
    ("PerlModule", PARENT),
    ("PerlSwitches", PARENT),
    // Sections match names of what is served. `<Directory` is read for `ChrootFixRoot off`.
    ("<DirectoryMatch", SERVED),
    ("<Files", SERVED),
    ("<FilesMatch", SERVED),
    // URLs, or names of files in the directory that is served.
    ("Action", SERVED),
    ("Script", SERVED),
    ("FallbackResource", SERVED),
    ("DirectoryIndex", SERVED),
    ("HeaderName", SERVED),
    ("ReadmeName", SERVED),
    ("IndexStyleSheet", SERVED),
    ("ImapMenu", SERVED),
    ("ImapBase", SERVED),
    ("ImapDefault", SERVED),
    ("MetaDir", SERVED),
    ("MetaSuffix", SERVED),
    ("MetaFiles", SERVED),
    ("FileETag", SERVED),
    ("CheckSpelling", SERVED),
    ("XBitHack", SERVED),
    // Character sets.
    ("ProxyFtpDirCharset", WARMED),
    ("CharsetSourceEnc", WARMED),
    ("CharsetDefault", WARMED),
    ("xml2EncDefault", WARMED),
    ("xml2EncAlias", WARMED),
    // `%h` looks up names only if `HostnameLookups` is on.
    ("LogFormat", ELSEWHERE),
    // mod_proxy_fdpass has no directive for its socket: it is the `fd://` of a `ProxyPass`.
    ("ProxyFdpass", ELSEWHERE),
];

/// Directives that only decide whether others are in use.
pub(crate) const SWITCHES: &[Row] = &[
    ("User", RowClass::Switch),
    ("CacheEnable", RowClass::Switch),
    ("AccessFileName", RowClass::Switch),
    ("AllowOverride", RowClass::Switch),
    ("AllowOverrideList", RowClass::Switch),
    ("Dav", RowClass::Switch),
    ("SSLVerifyClient", RowClass::Switch),
    ("SSLProxyVerify", RowClass::Switch),
    ("SSLCARevocationCheck", RowClass::Switch),
    ("SSLProxyCARevocationCheck", RowClass::Switch),
    ("SSLOCSPOverrideResponder", RowClass::Switch),
    ("ProxyExpressEnable", RowClass::Switch),
    ("LDAPVerifyServerCert", RowClass::Switch),
    ("MDStoreDir", RowClass::Switch),
    ("MDRenewMode", RowClass::Switch),
    ("MDCertificateFile", RowClass::Switch),
    ("SecRuleEngine", RowClass::Switch),
    ("SecRequestBodyAccess", RowClass::Switch),
    ("SecUploadKeepFiles", RowClass::Switch),
    ("SecAuditLogType", RowClass::Switch),
    ("SecAuditEngine", RowClass::Switch),
    ("OIDCCacheType", RowClass::Switch),
    ("PHPIniDir", RowClass::Switch),
    ("php_value", RowClass::Switch),
    ("php_admin_value", RowClass::Switch),
    ("php_flag", RowClass::Switch),
    ("php_admin_flag", RowClass::Switch),
];
