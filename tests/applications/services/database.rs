//! MariaDB, on a Unix socket and nothing else.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use super::{Daemon, run};
use crate::harness::until;

/// A running server with a table `app.users` (name, password) in which alice is; user `web` may read it.
pub(crate) struct Database {
    folder: tempfile::TempDir,
    _daemon: Daemon,
}

impl Database {
    /// Creates its files, and start it. `secret` is the password of alice, as httpd's `AuthUserFile` would have it.
    pub(crate) fn start(secret: &str) -> Database {
        let folder = super::folder();
        let at = folder.path().display();
        let install = format!(
            "--no-defaults --user=root --skip-test-db --auth-root-authentication-method=normal --datadir={at}/data"
        );
        run(folder.path(), "mariadb-install-db", &install.split(' ').collect::<Vec<_>>(), "");
        std::fs::create_dir(folder.path().join("run")).expect("a folder");
        std::fs::write(folder.path().join("first.sql"), statements(secret)).expect("a file");
        let words = format!(
            "--no-defaults --user=root --datadir={at}/data --socket={at}/run/db.sock --pid-file=pid --skip-networking \
                     --init-file={at}/first.sql --innodb-buffer-pool-size=8M --innodb-log-file-size=4M \
                     --innodb-use-native-aio=0"
        );
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let daemon = Daemon::start(folder.path(), "mariadbd", &words);
        let database = Database { folder, _daemon: daemon };
        until("the database", || UnixStream::connect(database.socket()).ok());
        database
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("run/db.sock")
    }

    /// The folder of its socket, which holds nothing else.
    pub(crate) fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }
}

/// Obeyed before anybody is let in, one statement a line.
fn statements(secret: &str) -> String {
    format!(
        "CREATE DATABASE app;\n\
         CREATE TABLE app.users (name VARCHAR(40) PRIMARY KEY, password VARCHAR(80));\n\
         INSERT INTO app.users VALUES ('alice', '{secret}');\n\
         CREATE USER web@localhost IDENTIFIED BY 'word';\n\
         GRANT SELECT ON app.* TO web@localhost;\n"
    )
}
