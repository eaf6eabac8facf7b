//! Directives that only say whether others are in use.

use crate::preflight::engine::row::{Row, RowClass};

pub(crate) const ROWS: &[Row] = &[
    ("User", RowClass::Switch),
    ("CacheEnable", RowClass::Switch),
    ("Dav", RowClass::Switch),
    ("SSLVerifyClient", RowClass::Switch),
    ("SSLProxyVerify", RowClass::Switch),
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
