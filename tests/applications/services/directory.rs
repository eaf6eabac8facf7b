//! An LDAP server with TLS, on a loopback address of its own.

use std::net::TcpStream;

use super::names::Address;
use super::{Authority, Daemon, run};
use crate::harness::until;

/// A running server; under `dc=example` there is `uid=alice` with the password `secret`.
pub(crate) struct Directory {
    address: Address,
    _daemon: Daemon,
    _folder: tempfile::TempDir,
}

const SETTINGS: &str = "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
                        include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\n\
                        moduleload back_mdb\npidfile pid\nTLSCertificateFile directory.pem\n\
                        TLSCertificateKeyFile directory.key\ndatabase mdb\nsuffix dc=example\ndirectory data\n\
                        maxsize 1048576\naccess to * by * read\n";

const PEOPLE: &str = "dn: dc=example\nobjectClass: organization\nobjectClass: dcObject\ndc: example\no: example\n\n\
                      dn: uid=alice,dc=example\nobjectClass: inetOrgPerson\nuid: alice\ncn: alice\nsn: alice\n\
                      userPassword: secret\n";

impl Directory {
    /// One whose certificate this authority vouches for.
    pub(crate) fn start(authority: &Authority) -> Directory {
        let (folder, address) = (super::folder(), Address::reserve());
        authority.vouch_for("directory", &format!("IP:{}", address.text));
        for name in ["directory.pem", "directory.key"] {
            std::fs::copy(authority.file(name), folder.path().join(name)).expect("a copy");
        }
        std::fs::write(folder.path().join("settings"), SETTINGS).expect("a file");
        std::fs::create_dir(folder.path().join("data")).expect("a folder");
        run(folder.path(), "slapadd", &["-f", "settings"], PEOPLE);
        let url = format!("ldaps://{}:636", address.text);
        let words = ["-f", "settings", "-h", &url, "-d", "0"].map(str::to_owned);
        let daemon = Daemon::start(folder.path(), "slapd", &words);
        let directory = Directory { address, _daemon: daemon, _folder: folder };
        until("the directory", || TcpStream::connect((directory.address.text.as_str(), 636)).ok());
        directory
    }

    /// Where it is asked.
    pub(crate) fn url(&self) -> String {
        format!("ldaps://{}:636/dc=example?uid?sub", self.address.text)
    }
}
