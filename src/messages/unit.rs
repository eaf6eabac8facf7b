//! Fixes in the unit by which a service manager starts httpd.

/// The fix that adds `line` to the unit.
pub(super) fn add_to_unit(line: &str) -> String {
    format!(
        "add \"{line}\" to the service's unit (systemctl edit apache2, if the unit has such a line; \
         docs/platforms.md#systemd)"
    )
}
