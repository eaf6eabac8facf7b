//! Words in the paths of a binary that its loader replaces: `$ORIGIN`, `$LIB`, `$PLATFORM` of ELF
//! (dynamic string tokens, ld.so(8)), `@loader_path` of Mach-O. Pure.

use super::binary::Machine;
use std::path::{Path, PathBuf};

/// As many meanings of one text are tried.
const MOST: usize = 64;

/// The meaning of the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a> {
    /// The folder of the binary.
    pub origin: &'a [u8],
    /// Folders of libraries, as they are called below `/usr`: any of them may be meant by `$LIB`.
    pub lib: &'a [&'a [u8]],
    /// The processor.
    pub machine: Machine,
}

impl Tokens<'_> {
    /// All that `text` may mean; nothing if it has a word that is not known.
    pub(super) fn expand(self, text: &[u8]) -> Vec<Vec<u8>> {
        for start in [&b"@loader_path"[..], b"@executable_path"] {
            if let Some(rest) = text.strip_prefix(start) {
                return vec![[self.origin, rest].concat()];
            }
        }
        let mut all = vec![Vec::new()];
        let mut rest = text;
        while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
            let (before, word) = rest.split_at(at);
            let Some((values, length)) = self.parse_token(word) else { return Vec::new() };
            let with = |text: &Vec<u8>, value: &&[u8]| [text, before, value].concat();
            all = all.iter().flat_map(|text| values.iter().map(move |it| with(text, it))).collect();
            all.truncate(MOST);
            rest = &word[length..];
        }
        all.iter_mut().for_each(|text| text.extend_from_slice(rest));
        all
    }

    /// The values of the word that `text` begins with, and how long it is.
    fn parse_token(&self, text: &[u8]) -> Option<(Vec<&[u8]>, usize)> {
        for name in ["ORIGIN", "LIB", "PLATFORM"] {
            let spellings = [format!("${{{name}}}"), format!("${name}")];
            let Some(spelling) = spellings.iter().find(|it| text.starts_with(it.as_bytes())) else {
                continue;
            };
            let values = match name {
                "ORIGIN" => vec![self.origin],
                "LIB" => self.lib.to_vec(),
                _ => platform(self.machine).iter().map(|name| name.as_bytes()).collect(),
            };
            return Some((values, spelling.len()));
        }
        None
    }
}

/// The names of a processor, the newest first.
fn platform(machine: Machine) -> &'static [&'static str] {
    const NAMES: [(u16, &[&str]); 7] = [
        (object::elf::EM_386, &["i686", "i586", "i386"]),
        (object::elf::EM_X86_64, &["xeon_phi", "haswell", "x86_64"]),
        (object::elf::EM_ARM, &["v7l", "v6l"]),
        (object::elf::EM_AARCH64, &["aarch64"]),
        (object::elf::EM_PPC64, &["power10", "power9", "power8"]),
        (object::elf::EM_S390, &["z15", "z14", "z13"]),
        (object::elf::EM_RISCV, &["riscv64"]),
    ];
    match machine {
        Machine::Elf { number, .. } => {
            NAMES.iter().find(|(known, _)| *known == number).map_or(&[], |(_, names)| names)
        }
        Machine::MachO(_) => &[],
    }
}

/// `lib/x86_64-linux-gnu` of `/usr/lib/x86_64-linux-gnu`.
pub(super) fn below_usr(folder: &Path) -> PathBuf {
    let below = folder.strip_prefix("/usr").or_else(|_| folder.strip_prefix("/"));
    below.unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expand(text: &str) -> Vec<String> {
        let machine = Machine::Elf { is_64: true, is_big: false, number: object::elf::EM_AARCH64 };
        let tokens = Tokens { origin: b"/opt/$ORIGIN", lib: &[b"lib64", b"lib"], machine };
        let all = tokens.expand(text.as_bytes()).into_iter();
        all.map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn words_are_replaced_once_by_all_that_they_may_mean() {
        assert_eq!(expand("/usr/lib"), ["/usr/lib"]);
        assert_eq!(expand("$ORIGIN/../lib"), ["/opt/$ORIGIN/../lib"]);
        assert_eq!(expand("${ORIGIN}x"), ["/opt/$ORIGINx"]);
        assert_eq!(expand("/a/$LIB/b"), ["/a/lib64/b", "/a/lib/b"]);
        assert_eq!(expand("/${PLATFORM}/$LIB"), ["/aarch64/lib64", "/aarch64/lib"]);
        assert_eq!(expand("@loader_path/x"), ["/opt/$ORIGIN/x"]);
        assert!(expand("/a/$UNKNOWN/$LIB").is_empty());
        assert!(expand(&"$LIB".repeat(100)).len() <= MOST);
    }

    #[test]
    fn a_folder_is_called_the_same_with_and_without_usr() {
        for (folder, name) in [("/usr/lib64", "lib64"), ("/lib/x", "lib/x"), ("/usr/lib", "lib")] {
            assert_eq!(below_usr(Path::new(folder)), Path::new(name));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_expanded_without_harm(text in "[/$a-zA-Z{}@_]{0,40}") {
            prop_assert!(expand(&text).len() <= MOST);
        }
    }
}
