//! A host with an `/etc` of its own, for one scene alone.

use crate::harness::{Mpm, Site};

/// Nothing is loaded but what is asked for.
pub(crate) const COLD: &str = "ChrootWarmUp off";

/// A jail without anything of the host in it, and inside paths.
pub(crate) fn empty_jail(mpm: Mpm) -> Site {
    Site::new(mpm).config("ChrootFixRoot off")
}

/// httpd is started where `/etc` is a copy that these words of shell have changed; they find it in `$etc`. It
/// is told of no time zone.
pub(crate) fn with_own_etc(site: Site, words: &str) -> Site {
    site.after(&format!(
        "etc=\"{{base}}/etc\"\nmkdir \"$etc\"\ncp -a /etc/. \"$etc\"\n\
         cp /etc/passwd /etc/group \"$etc\"\n{words}\nmount --bind \"$etc\" /etc\nunset TZ"
    ))
}
