//! Directives whose values need nothing of their own inside.

use crate::preflight::engine::row::{NoNeed, Row, RowClass};

const SERVED: RowClass = RowClass::Nothing(NoNeed::Served);
const WARMED: RowClass = RowClass::Nothing(NoNeed::Warmed);
const ELSEWHERE: RowClass = RowClass::Nothing(NoNeed::Elsewhere);

pub(crate) const ROWS: &[Row] = &[
    // Sections match names of what is served. `<Directory` is read for `ChrootFixRoot off`.
    ("<DirectoryMatch", SERVED),
    ("<Files", SERVED),
    ("<FilesMatch", SERVED),
    // URLs, or names of files in the directory that is served.
    ("AccessFileName", SERVED),
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
    // `%h` looks up names only where `HostnameLookups` says so.
    ("LogFormat", ELSEWHERE),
    // mod_proxy_fdpass has no directive for its socket: it is the `fd://` of a `ProxyPass`.
    ("ProxyFdpass", ELSEWHERE),
];
