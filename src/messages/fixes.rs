//! Fixes that several messages share: in the unit by which a service manager starts httpd, and for files that root cannot
//! read.

use std::path::Path;

/// The fix that adds `line` to the unit.
pub(super) fn add_to_unit(line: &str) -> String {
    format!(
        "add \"{line}\" to the service's unit (systemctl edit apache2, if the unit has such a line; \
         docs/platforms.md#systemd)"
    )
}

/// The fix for a file that root cannot read.
pub(super) fn advise_reading(path: &Path) -> String {
    format!(
        "run ls -ld \"{}\" as root; if a file server denies root, export it with no_root_squash",
        path.display()
    )
}
