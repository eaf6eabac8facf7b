//! Databases that modules open in the children: over a socket of a real server, in a file, in a directory.

#[cfg(test)]
mod tests {
    use crate::harness::client::{ALICE, ALICE_WRONG, BOB, SECRET, get};
    use crate::harness::{Mpm, Server, Site, on_every_mpm};
    use crate::services::{Authority, Database, Directory, run};

    const AUTH: [&str; 3] = ["auth_basic", "authn_core", "authz_user"];

    /// Everything is protected; `lines` say by whom.
    fn protected(mpm: Mpm, lines: &str) -> Site {
        let site = Site::new(mpm).document_root("{jail}/htdocs").modules(&AUTH);
        let site = ["AH01617", "AH01618", "AH01631"].into_iter().fold(site, Site::allow_log);
        site.config(&format!(
            "<Location />\nAuthType Basic\nAuthName here\n{lines}\nRequire valid-user\n</Location>"
        ))
    }

    fn lets_only_alice_in(server: Server) {
        for (user, status) in [(ALICE, 200), (ALICE_WRONG, 401), (BOB, 401)] {
            get("/index.html").by(user).of(&server).is(status, &server);
        }
        server.stop();
    }

    fn by_database(mpm: Mpm, driver: &str, parameters: &str) -> Site {
        let query = "AuthBasicProvider dbd\nAuthDBDUserPWQuery \"SELECT password FROM users WHERE name = %s\"";
        let site = protected(mpm, query).modules(&["dbd", "authn_dbd"]);
        site.config(&format!("DBDriver {driver}\nDBDParams \"{parameters}\""))
    }

    fn sqlite(folder: &std::path::Path) {
        let table = format!(
            "CREATE TABLE users (name, password); INSERT INTO users VALUES ('alice', '{SECRET}');"
        );
        let words =
            "import sqlite3, sys; sqlite3.connect('users.db').executescript(sys.stdin.read())";
        run(folder, "python3", &["-c", words], &table);
    }

    on_every_mpm! {
        fn users_of_a_database_are_known_over_its_socket(mpm: Mpm) {
            let database = Database::start(SECRET);
            let parameters = format!("sock={},user=web,pass=word,dbname=app", database.socket().display());
            let site = by_database(mpm, "mysql", &parameters);
            let mut server = site.kept("view", &format!("\"{}\"", database.run().display())).start();
            server.graceful();
            lets_only_alice_in(server);
        }

        fn users_of_a_database_in_a_file_of_the_jail_are_known(mpm: Mpm) {
            for way in ["view", "link"] {
                let site = by_database(mpm, "sqlite3", "{jail}/data/users.db").writable("data");
                sqlite(&site.sandbox.jail.join("data"));
                lets_only_alice_in(site.kept(way, "").start());
            }
        }

        fn users_of_a_database_in_a_file_of_the_host_are_known(mpm: Mpm) {
            let site = by_database(mpm, "sqlite3", "{base}/data/users.db");
            let folder = site.sandbox.base.join("data");
            std::fs::create_dir(&folder).expect("a folder");
            sqlite(&folder);
            lets_only_alice_in(site.kept("view", "\"{base}/data\"").start());
        }

        fn users_of_a_gdbm_are_known(mpm: Mpm) {
            for (way, provided) in [("view", "config"), ("link", "config"), ("off", "config")] {
                let site = protected(mpm, "AuthBasicProvider dbm\nAuthDBMType GDBM\nAuthDBMUserFile \"{base}/data/users\"");
                let folder = site.sandbox.base.join("data");
                std::fs::create_dir(&folder).expect("a folder");
                run(&folder, "htdbm", &["-cbTGDBM", "users", "alice", "secret"], "");
                let site = site.modules(&["authn_dbm"]).kept(way, provided);
                let site = if way == "off" { site.document_root("/htdocs") } else { site };
                lets_only_alice_in(site.start());
            }
        }

        /// The file of the authority is named by the configuration, and read when a child first connects.
        fn users_of_a_directory_are_known_over_tls(mpm: Mpm) {
            let authority = Authority::new();
            let directory = Directory::start(&authority);
            for (way, provided) in [("view", "config"), ("link", "config")] {
                let lines = format!("AuthBasicProvider ldap\nAuthLDAPURL \"{}\"", directory.url());
                let site = protected(mpm, &lines).modules(&["ldap", "authnz_ldap"]);
                let site = site.config(&authority.fill("LDAPTrustedGlobalCert CA_BASE64 \"{ca}/ca.pem\""));
                lets_only_alice_in(site.kept(way, provided).start());
            }
        }
    }
}
