//! Defaults that are compiled into PHP, found among the strings of its modules. Nothing is run for them.

use std::path::{Path, PathBuf};

/// Defaults of PHP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PhpDefaults {
    /// Directories of `include_path`.
    pub include_path: Vec<PathBuf>,
    /// Sockets of MySQL.
    pub mysql_sockets: Vec<PathBuf>,
}

/// Extensions that contain the default of MySQL's socket.
pub(crate) const MYSQL_EXTENSIONS: [&str; 2] = ["mysqli.so", "pdo_mysql.so"];

/// Whether a library that is loaded is PHP's module for httpd.
pub(crate) fn is_php_module(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("libphp") || name.starts_with("mod_php")
}

/// Strings of a library that begin with `/` or `.:/`.
fn list_strings(content: &[u8]) -> impl Iterator<Item = &str> {
    let texts = content.split(|&byte| byte == 0).filter(|text| text.len() > 3 && text.len() < 4096);
    let texts = texts.filter_map(|text| std::str::from_utf8(text).ok());
    texts.filter(|text| text.starts_with('/') || text.starts_with(".:/"))
}

impl PhpDefaults {
    /// Adds the defaults of PHP's module, and returns directories in which its extensions may be.
    pub(crate) fn add_module(&mut self, content: &[u8]) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for text in list_strings(content) {
            match text.strip_prefix(".:") {
                Some(path) => self.include_path.extend(path.split(':').map(PathBuf::from)),
                None if text.contains("/php") && !text.contains(['%', ' ']) => {
                    folders.push(PathBuf::from(text));
                }
                None => {}
            }
        }
        self.add_sockets(content);
        folders
    }

    /// Adds the sockets of an extension.
    pub(crate) fn add_sockets(&mut self, content: &[u8]) {
        let is_socket = |text: &&str| text.ends_with(".sock") && text.contains("mysql");
        for text in list_strings(content).filter(is_socket) {
            let path = PathBuf::from(text);
            if !self.mysql_sockets.contains(&path) {
                self.mysql_sockets.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_found_among_the_strings_of_a_module() {
        let mut defaults = PhpDefaults::default();
        let content = b"\x7fELF\0.:/usr/share/php:/usr/share/pear\0/usr/lib/php/2022\0/x/php %s\0\xff\0/tmp\0";
        assert_eq!(defaults.add_module(content), [PathBuf::from("/usr/lib/php/2022")]);
        defaults.add_sockets(b"a\0/var/run/mysqld/mysqld.sock\0/run/x.sock\0");
        let paths = ["/usr/share/php", "/usr/share/pear"].map(PathBuf::from);
        assert_eq!(defaults.include_path, paths);
        assert_eq!(defaults.mysql_sockets, [PathBuf::from("/var/run/mysqld/mysqld.sock")]);
    }
}
