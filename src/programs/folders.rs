//! Files in which the folders of libraries are configured. Pure: bytes in, paths out.

use super::binary::word;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Bytes of such a file: `ld.so.cache` of a large desktop has half a megabyte.
pub(super) const MOST: u64 = 16 << 20;

/// The configuration of a loader: libraries by name, and folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Configuration {
    /// Libraries, each with its path; those for every processor come first.
    pub libraries: Vec<(OsString, PathBuf)>,
    /// Folders, in the order in which they are searched.
    pub folders: Vec<PathBuf>,
}

fn path(bytes: &[u8]) -> Option<PathBuf> {
    bytes.starts_with(b"/").then(|| PathBuf::from(OsString::from_vec(bytes.to_vec())))
}

/// A number of this machine's byte order, at an offset.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_ne_bytes(bytes.try_into().ok()?)).ok()
}

/// The string at an offset, up to its NUL.
fn string(bytes: &[u8], at: usize) -> Option<&[u8]> {
    bytes.get(at..)?.split(|&byte| byte == 0).next()
}

/// Libraries of glibc's `/etc/ld.so.cache` (elf/cache.c, `struct cache_file_new`). The text files that
/// it is made of are not read by the loader.
pub(super) fn parse_glibc_cache(cache: &[u8]) -> Configuration {
    const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
    const HEADER: usize = 48;
    const ENTRY: usize = 24;
    // An older format may stand before it; offsets are counted from this one.
    let start = cache.windows(MAGIC.len()).position(|window| window == MAGIC);
    let Some(cache) = start.and_then(|start| cache.get(start..)) else {
        return Configuration::default();
    };
    let count = number(cache, MAGIC.len()).unwrap_or(0);
    let entry = |index: usize| -> Option<(bool, (OsString, PathBuf))> {
        let entry = HEADER.checked_add(index.checked_mul(ENTRY)?)?;
        let name = string(cache, number(cache, entry + 4)?)?;
        let value = path(string(cache, number(cache, entry + 8)?)?)?;
        let is_special = number(cache, entry + 16)? | number(cache, entry + 20)? != 0;
        Some((is_special, (word(name), value)))
    };
    let entries = (0..count).map_while(entry).collect::<Vec<_>>().into_iter();
    let (special, plain): (Vec<_>, Vec<_>) = entries.partition(|(is_special, _)| *is_special);
    let libraries = plain.into_iter().chain(special).map(|(_, library)| library).collect();
    Configuration { libraries, folders: Vec::new() }
}

/// Folders of musl's `/etc/ld-musl-ARCH.path`: between colons or line ends.
pub(super) fn parse_musl_list(text: &[u8]) -> Configuration {
    let folders = text.split(|byte| matches!(byte, b':' | b'\n')).filter_map(path).collect();
    Configuration { folders, ..Configuration::default() }
}

/// Folders of FreeBSD's `/var/run/ld-elf.so.hints` (`struct elfhints_hdr`, elf-hints.h).
pub(super) fn parse_freebsd_hints(hints: &[u8]) -> Configuration {
    const MAGIC: usize = 0x746e_6845;
    let list = || {
        let is_known = number(hints, 0)? == MAGIC && number(hints, 4)? == 1;
        let start = number(hints, 8)?.checked_add(number(hints, 16)?)?;
        string(hints, start).filter(|_| is_known)
    };
    let list = list().unwrap_or_default();
    let folders = list.split(|&byte| byte == b':').filter_map(path).collect();
    Configuration { folders, ..Configuration::default() }
}

/// Folders of NetBSD's `/etc/ld.so.conf` (ld.so.conf(5)): one a line; other lines are about hardware.
pub(super) fn parse_netbsd_conf(text: &[u8]) -> Configuration {
    let line = |line: &[u8]| {
        let line = line.split(|&byte| byte == b'#').next()?;
        path(line.trim_ascii())
    };
    let folders = text.split(|&byte| byte == b'\n').filter_map(line).collect();
    Configuration { folders, ..Configuration::default() }
}

/// Folders that are compiled into a glibc loader: a row of strings that begin and end with a slash.
pub(super) fn find_compiled_in(loader: &[u8]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for part in loader.split(|&byte| byte == 0) {
        let Some(folder) = part.strip_suffix(b"/").and_then(path) else { continue };
        // Other strings of that form are no folders of libraries.
        if part.windows(3).any(|window| window == b"lib") && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn paths(configured: &Configuration) -> Vec<&str> {
        configured.folders.iter().filter_map(|folder| folder.to_str()).collect()
    }

    /// A cache with an old format before it or not.
    fn cache(entries: &[(&str, &str, u64)], before: &[u8]) -> Vec<u8> {
        let mut strings = Vec::new();
        let mut records = Vec::new();
        let start = 48 + 24 * entries.len();
        for (name, path, special) in entries {
            let mut put = |text: &str| {
                let at = (start + strings.len()) as u32;
                strings.extend(text.bytes().chain([0]));
                at
            };
            let (name, path) = (put(name), put(path));
            for word in [3, name, path, 0] {
                records.extend(word.to_ne_bytes());
            }
            records.extend(special.to_ne_bytes());
        }
        let mut cache = [before, b"glibc-ld.so.cache1.1"].concat();
        cache.extend((entries.len() as u32).to_ne_bytes());
        cache.resize(before.len() + 48, 0);
        cache.extend(records);
        cache.extend(strings);
        cache
    }

    #[test]
    fn the_cache_of_glibc_names_each_library_once_for_each_path() {
        let entries = [
            ("libz.so.1", "/opt/v3/libz.so.1", 1 << 62),
            ("libz.so.1", "/opt/libz.so.1", 0),
            ("liba.so", "relative", 0),
        ];
        for before in [&b""[..], b"ld.so-1.7.0\0\0\0\0\0"] {
            let configured = parse_glibc_cache(&cache(&entries[..2], before));
            let path = |at: usize| configured.libraries[at].1.to_str().unwrap();
            assert_eq!((path(0), path(1)), ("/opt/libz.so.1", "/opt/v3/libz.so.1"));
        }
        assert_eq!(parse_glibc_cache(&cache(&entries[2..], b"")).libraries, []);
    }

    #[test]
    fn the_cache_of_this_machine_leads_to_libraries() {
        let Ok(cache) = std::fs::read("/etc/ld.so.cache") else { return };
        let configured = parse_glibc_cache(&cache);
        let there = configured.libraries.iter().filter(|(_, path)| path.exists()).count();
        assert!(there > 0 && there >= configured.libraries.len() * 9 / 10, "{there}");
    }

    #[test]
    fn the_lists_of_the_other_loaders_are_read() {
        assert_eq!(
            paths(&parse_musl_list(b"/lib:/opt/lib\n/usr/lib\nrelative")),
            ["/lib", "/opt/lib", "/usr/lib"]
        );
        let conf =
            b"# a comment\n/usr/pkg/lib # another\nlibm.so.0 machdep.fpu_present 1:libm387.so.0\n";
        assert_eq!(paths(&parse_netbsd_conf(conf)), ["/usr/pkg/lib"]);
        let mut hints = Vec::new();
        for word in [0x746e_6845_u32, 1, 128, 30, 1, 20] {
            hints.extend(word.to_ne_bytes());
        }
        hints.resize(128, 0);
        hints.extend(b"x/usr/lib:/usr/local/lib\0");
        assert_eq!(paths(&parse_freebsd_hints(&hints)), ["/usr/lib", "/usr/local/lib"]);
        hints[0] = 0;
        assert!(parse_freebsd_hints(&hints).folders.is_empty());
    }

    #[test]
    fn a_loader_tells_its_own_folders() {
        let loader = b"x\0/lib/x86_64-linux-gnu/\0/usr/lib/\0/lib/x86_64-linux-gnu/\0/etc/\0/lib";
        let folders = find_compiled_in(loader);
        assert_eq!(folders, ["/lib/x86_64-linux-gnu", "/usr/lib"].map(PathBuf::from));
    }

    proptest! {
        #[test]
        fn whatever_they_hold_is_read_without_harm(rest: Vec<u8>) {
            parse_glibc_cache(&[b"glibc-ld.so.cache1.1", &rest[..]].concat());
            parse_freebsd_hints(&[&0x746e_6845_u32.to_ne_bytes()[..], &1_u32.to_ne_bytes(), &rest].concat());
            parse_musl_list(&rest);
            parse_netbsd_conf(&rest);
            find_compiled_in(&rest);
        }
    }
}
