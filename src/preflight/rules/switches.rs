#![forbid(unsafe_code)]
//! Directives that only say whether others are in use.

use super::row::{Class, Row};

pub(super) const ROWS: &[Row] = &[
    ("User", Class::Switch),
    ("CacheEnable", Class::Switch),
    ("Dav", Class::Switch),
    ("SSLVerifyClient", Class::Switch),
    ("SSLProxyVerify", Class::Switch),
    ("SSLOCSPOverrideResponder", Class::Switch),
    ("ProxyExpressEnable", Class::Switch),
    ("LDAPVerifyServerCert", Class::Switch),
    ("MDStoreDir", Class::Switch),
    ("MDRenewMode", Class::Switch),
    ("MDCertificateFile", Class::Switch),
    ("SecRuleEngine", Class::Switch),
    ("SecRequestBodyAccess", Class::Switch),
    ("SecUploadKeepFiles", Class::Switch),
    ("SecAuditLogType", Class::Switch),
    ("SecAuditEngine", Class::Switch),
    ("OIDCCacheType", Class::Switch),
    ("PHPIniDir", Class::Switch),
    ("php_value", Class::Switch),
    ("php_admin_value", Class::Switch),
    ("php_flag", Class::Switch),
    ("php_admin_flag", Class::Switch),
];
