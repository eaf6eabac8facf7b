//! Directives whose files the parent opens, or whose programs it runs: they stay outside.

use crate::preflight::engine::row::{NoNeed, Row, RowClass};

const PARENT: RowClass = RowClass::Nothing(NoNeed::Parent);

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
    // mod_mime_magic runs gzip to look into what is compressed; without it, that stays unknown.
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
];
