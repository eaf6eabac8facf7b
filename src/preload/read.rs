//! Parsers of the host's files and variables. Pure functions from text to names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Databases that a child may query; not those of passwords.
const DATABASES: [&str; 9] = [
    "passwd",
    "group",
    "initgroups",
    "hosts",
    "networks",
    "services",
    "protocols",
    "netgroup",
    "ethers",
];

/// Parses the services that `nsswitch.conf` names for them, in order, each once.
pub(super) fn parse_services(text: &str) -> Vec<&str> {
    let mut services = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or(line);
        let Some((database, named)) = line.split_once(':') else { continue };
        if !DATABASES.contains(&database.trim()) {
            continue;
        }
        // Reactions are in brackets: `[NOTFOUND=return]`.
        let plain =
            named.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
        for service in plain.flat_map(str::split_whitespace) {
            let is_name = service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if is_name && !services.contains(&service) {
                services.push(service);
            }
        }
    }
    services
}

/// Finds the locale of the environment, unless it is `C`.
pub(super) fn find_locale(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let named = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(all) = named("LC_ALL") {
        return Some(all).filter(|name| has_to_be_loaded(name));
    }
    const CATEGORIES: [&str; 6] =
        ["LC_CTYPE", "LC_COLLATE", "LC_TIME", "LC_NUMERIC", "LC_MONETARY", "LC_MESSAGES"];
    let names = CATEGORIES.iter().copied().chain(["LANG"]).filter_map(named);
    names.into_iter().find(|name| has_to_be_loaded(name))
}

fn has_to_be_loaded(name: &str) -> bool {
    !matches!(name, "C" | "POSIX")
}

/// Parses the name of the zone from the target of `/etc/localtime`.
pub(super) fn parse_zone(target: &Path) -> Option<String> {
    let mut parts = target.components().map(|part| part.as_os_str());
    parts.find(|part| *part == OsStr::new("zoneinfo"))?;
    let name: Vec<_> = parts.map(OsStr::as_bytes).collect();
    let name = String::from_utf8(name.join(&b'/')).ok()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_once_without_reactions_and_comments() {
        let text = "# passwd: never\npasswd:\tfiles systemd # sss\nshadow: secret\n\
                    hosts: files mdns4_minimal [NOTFOUND=return] dns[!UNAVAIL=return]resolve ../evil\n\
                    services : db files\nnonsense\n";
        assert_eq!(
            parse_services(text),
            ["files", "systemd", "mdns4_minimal", "dns", "resolve", "db"]
        );
    }

    #[test]
    fn the_environment_names_a_locale_as_the_c_library_reads_it() {
        let of = |pairs: &[(&str, &str)]| {
            find_locale(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("LANG", "C")]), None);
        assert_eq!(of(&[("LANG", "C.UTF-8")]).as_deref(), Some("C.UTF-8"));
        assert_eq!(of(&[("LANG", "de_DE"), ("LC_ALL", "C")]), None);
        assert_eq!(of(&[("LANG", "C"), ("LC_TIME", "sv_SE")]).as_deref(), Some("sv_SE"));
        assert_eq!(of(&[("LANG", "de_DE"), ("LC_ALL", "")]).as_deref(), Some("de_DE"));
    }

    #[test]
    fn a_zone_has_the_name_of_the_link() {
        let of = |target: &str| parse_zone(Path::new(target));
        assert_eq!(of("/usr/share/zoneinfo/Europe/Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(of("../usr/share/zoneinfo/UTC").as_deref(), Some("UTC"));
        assert_eq!(of("/var/db/timezone/zoneinfo/Asia/Tokyo").as_deref(), Some("Asia/Tokyo"));
        assert_eq!(of("/etc/zone"), None);
        assert_eq!(of("/usr/share/zoneinfo"), None);
    }
}
