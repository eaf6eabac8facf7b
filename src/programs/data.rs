//! Data files of well-known programs: paths that no library and no interpreter names, and without which they do not work.

use crate::config::ProvideSet;
use std::path::{Path, PathBuf};

/// A program, by the beginning of its name, and the paths that it reads. `*` stands for the rest of the name.
type DataRow = (&'static str, &'static [&'static str]);

/// Settings of PHP as a program, by the number of its release.
const PHP: &[&str] = &[
    "/etc/php/*/cgi",
    "/etc/php/*/cli",
    "/etc/php/*/mods-available",
    "/etc/php.ini",
    "/etc/php.d",
];

const ROWS: [DataRow; 17] = [
    (
        "convert",
        &[
            "/etc/ImageMagick-6",
            "/etc/ImageMagick-7",
            "/usr/share/ImageMagick-6",
            "/usr/share/ImageMagick-7",
        ],
    ),
    ("identify", &["/etc/ImageMagick-6", "/etc/ImageMagick-7"]),
    ("magick", &["/etc/ImageMagick-7", "/usr/share/ImageMagick-7"]),
    ("mogrify", &["/etc/ImageMagick-6", "/etc/ImageMagick-7"]),
    ("dot", &["/usr/share/graphviz"]),
    ("neato", &["/usr/share/graphviz"]),
    ("file", &["/etc/magic", "/usr/lib/file", "/usr/share/file", "/usr/share/misc"]),
    (
        "git",
        &["/etc/gitconfig", "/usr/lib/git-core", "/usr/libexec/git-core", "/usr/share/git-core"],
    ),
    (
        "gs",
        &["/etc/ghostscript", "/usr/share/color", "/usr/share/ghostscript", "/var/lib/ghostscript"],
    ),
    ("hg", &["/etc/mercurial"]),
    ("ldconfig", &["/etc/ld.so.cache"]),
    ("man", &["/etc/manpath.config", "/usr/share/man"]),
    ("php-cgi*", PHP),
    ("php*", PHP),
    ("pdftotext", &["/usr/share/poppler"]),
    ("rrdtool", &[]),
    ("tesseract", &["/usr/share/tesseract-ocr"]),
];

/// Programs that draw text.
const DRAWING: [&str; 7] = ["convert", "magick", "mogrify", "dot", "neato", "gs", "rrdtool"];

/// Lists the data files of the program with this real path. They need not exist.
pub(super) fn list_data_files(program: &Path) -> Vec<PathBuf> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let rest = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.strip_prefix(start).filter(|rest| is_version(rest)).map(str::to_owned),
        None => (name == pattern || name.strip_prefix(pattern).is_some_and(is_variant))
            .then(String::new),
    };
    let Some((rest, paths)) =
        ROWS.iter().find_map(|(pattern, paths)| Some((rest(pattern)?, paths)))
    else {
        return Vec::new();
    };
    let fill = |path: &&str| match rest.as_str() {
        "" => (!path.contains('*')).then(|| PathBuf::from(path)),
        version => Some(PathBuf::from(path.replace('*', version))),
    };
    // Each has settings of its own.
    let is_cgi = name.contains("cgi") || program.ends_with(Path::new("cgi-bin").join(&*name));
    let other = if is_cgi { "/cli" } else { "/cgi" };
    let paths = paths.iter().filter(|path| !path.ends_with(other));
    let fonts = ProvideSet::Fonts.paths().iter();
    let fonts = fonts.filter(|_| DRAWING.iter().any(|known| name.starts_with(known)));
    paths.filter_map(fill).chain(fonts.map(PathBuf::from)).collect()
}

/// Whether the line of a program brings this data file. Copies are made of settings alone: fonts and the like are large.
pub(crate) fn is_brought_data(path: &Path, in_view: bool) -> bool {
    in_view || path.starts_with("/etc")
}

/// Whether it is the number of a version, or nothing.
fn is_version(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

/// Whether the rest of a name is that of a variant: `convert-im6.q16`, `gs9`.
fn is_variant(rest: &str) -> bool {
    rest.starts_with(['-', '.']) || is_version(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(program: &str) -> Vec<String> {
        list_data_files(Path::new(program)).iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn a_version_in_the_name_is_one_in_the_paths() {
        let cgi = list("/usr/bin/php-cgi8.2");
        assert!(cgi.contains(&"/etc/php/8.2/cgi".to_owned()), "{cgi:?}");
        assert_eq!(list("/usr/lib/cgi-bin/php8.2"), cgi);
        let cli = list("/usr/bin/php8.2");
        assert!(cli.contains(&"/etc/php/8.2/cli".to_owned()), "{cli:?}");
        assert!(!cli.contains(&"/etc/php/8.2/cgi".to_owned()), "{cli:?}");
        assert_eq!(list("/usr/local/bin/php-cgi"), ["/etc/php.ini", "/etc/php.d"]);
        assert_eq!(list("/usr/bin/php-config"), [""; 0]);
    }

    #[test]
    fn variants_of_a_program_read_the_same_and_others_nothing() {
        assert_eq!(list("/usr/bin/gs"), list("/usr/bin/gs9"));
        assert!(list("/usr/bin/convert-im6.q16").contains(&"/etc/ImageMagick-6".to_owned()));
        assert!(list("/usr/bin/git").contains(&"/usr/lib/git-core".to_owned()));
        for other in ["/usr/bin/gsettings", "/usr/bin/gitk", "/usr/bin/dotty", "/bin/sh", "/"] {
            assert_eq!(list(other), [""; 0], "{other}");
        }
    }
}
