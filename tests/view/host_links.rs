//! Links by which the host gives its folders other names are valid inside wherever their targets are shown: PHP's socket
//! of MySQL is `/var/run/mysqld/mysqld.sock` on a host that has it in `/run`.

#[cfg(test)]
mod tests {
    use crate::harness::tools::ask_program;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    /// A host with these lines before the start of httpd, on folders of its own.
    fn host(mpm: Mpm, lines: &str) -> Site {
        let own = "mount -t tmpfs -o mode=755 none /run\nmkdir /run/service /run/lock\n\
                   echo of the service >/run/service/data\n";
        Site::new(mpm).with_host_paths().after(&format!("{own}{lines}"))
    }

    fn answer(server: &Server, query: &str) -> String {
        ask_program(server, query).body
    }

    on_every_mpm! {
        fn a_folder_is_found_by_each_name_that_the_host_has_for_it(mpm: Mpm) {
            let server = host(mpm, "").config("ChrootProvide /run/service /usr/bin/env").start();
            assert!(answer(&server, "read=/var/run/service/data").contains("of the service"));
            assert!(answer(&server, "list=/bin").contains("env"));
            assert!(!answer(&server, "list=/var").contains("lock"), "its target is not shown");
            server.stop();
        }
    }

    #[test]
    fn a_link_to_nothing_that_is_shown_is_no_name_inside() {
        let server = host(Mpm::Event, "").config("ChrootProvide none").start();
        assert!(!answer(&server, "list=/").contains("var/run"));
        assert_ne!(answer(&server, "list=/var/run"), answer(&server, "list=/var"));
        assert!(answer(&server, "read=/var/run/service/data").contains("No such file"));
        server.stop();
    }

    #[test]
    fn a_program_that_is_an_alternative_is_there_by_all_its_names() {
        let lines = "mkdir /run/real\ncp /bin/true /run/real/program\n\
                     mount -t tmpfs -o mode=755 none /etc/alternatives\n\
                     ln -s /run/real/program /etc/alternatives/program\n\
                     ln -s /etc/alternatives/program /run/service/program";
        let server = host(Mpm::Event, lines).config("ChrootProvide /run/service/program").start();
        for name in ["/run/service/program", "/etc/alternatives/program", "/run/real/program"] {
            assert!(answer(&server, &format!("read={name}")).contains("done"), "{name}");
        }
        server.stop();
    }

    /// As Debian's libraries of linear algebra: the link and its target lie in a directory that is shown, the choice between does not.
    #[test]
    fn an_alternative_in_a_directory_that_is_shown_is_there_too() {
        let lines = "mkdir /run/service/real\ncp /bin/true /run/service/real/library\n\
                     mount -t tmpfs -o mode=755 none /etc/alternatives\n\
                     ln -s /run/service/real/library /etc/alternatives/library\n\
                     ln -s /etc/alternatives/library /run/service/library";
        let words = "ChrootProvide /run/service /run/service/library";
        let server = host(Mpm::Event, lines).config(words).start();
        for name in ["/run/service/library", "/etc/alternatives/library"] {
            assert!(answer(&server, &format!("read={name}")).contains("done"), "{name}");
        }
        server.stop();
    }

    #[test]
    fn the_jails_own_folder_has_precedence_over_a_link_of_the_host() {
        let site = host(Mpm::Event, "").file("var/run/service/data", "of the jail");
        let server = site.config("ChrootProvide /run/service").start();
        assert!(answer(&server, "read=/var/run/service/data").contains("of the jail"));
        assert!(answer(&server, "read=/run/service/data").contains("of the service"));
        server.stop();
    }
}
