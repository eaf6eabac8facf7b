//! Files that are never proposed.

use super::*;

#[test]
fn secrets_are_named_with_their_reason_and_not_proposed() {
    let host = FakeHost::new(&[
        "/etc/shadow -r",
        "/etc/ssl/private/a.key -r",
        "/srv/app/tls.key",
        "/run/docker.sock",
        "/proc/1/environ",
        "/sys/kernel/x",
        "/home/ann/.ssh/config",
        "/etc/apache2/server.pem",
    ]);
    let uses = [
        "s /etc/shadow",
        "r /etc/ssl/private/a.key",
        "r /srv/app/tls.key",
        "c /run/docker.sock",
        "r /proc/1/environ",
        "r /sys/kernel/x",
        "r /home/ann/.ssh/config",
        "r /etc/apache2/server.pem",
    ];
    let (found, reasons) = lines_on(&host, &uses);
    assert_eq!(found, [""; 0]);
    assert_eq!(reasons.len(), uses.len(), "{reasons:?}");
}

#[test]
fn a_link_of_a_stranger_shows_nothing_of_the_folder_that_it_leads_to() {
    let host = FakeHost::new(&[
        "/usr/share/other/text",
        "/home/ann/page.html",
        "/run/app.sock",
        "/var/lib/app/data/state w",
        "/var/tmp/lib ~> /var/lib",
        "/var/tmp/usr ~> /usr",
        "/srv/app/home ~> /home",
        "/var/tmp/run ~> /run",
    ]);
    let uses = [
        "r /var/tmp/usr",
        "r /var/tmp/usr/share/other/text",
        "r /srv/app/home",
        "c /var/tmp/run/app.sock",
        "w /var/tmp/lib/app/data/state",
    ];
    let (found, reasons) = lines_on(&host, &uses);
    assert_eq!(found, ["/srv/app"], "{reasons:?}");
    assert_eq!(reasons.len(), uses.len(), "{reasons:?}");
}

#[test]
fn a_link_of_root_to_a_folder_of_everybody_shows_only_what_is_below_it() {
    let host = FakeHost::new(&["/home/www/page.html", "/var/lib/app/x", "/srv/all -> /var/lib"]);
    assert_eq!(lines(&host, &["r /srv/all/app/x"]), ["/srv/all/app"]);
    let (found, reasons) = lines_on(&host, &["r /srv/all"]);
    assert_eq!((found.len(), reasons.len()), (0, 1), "{reasons:?}");
}

#[test]
fn a_folder_in_etc_with_a_file_that_user_may_not_read_is_shown_by_its_files() {
    let mut names = vec!["/etc/app/a.conf", "/etc/app/b.conf"];
    let uses = ["r /etc/app/a.conf", "r /etc/app/b.conf"];
    assert_eq!(lines(&FakeHost::new(&names), &uses), ["/etc/app"]);
    names.push("/etc/app/password -r");
    assert_eq!(lines(&FakeHost::new(&names), &uses), ["/etc/app/a.conf", "/etc/app/b.conf"]);
}

#[test]
fn a_folder_with_a_key_is_shown_without_it_wherever_it_is() {
    let host = FakeHost::new(&[
        "/srv/app/index.php",
        "/srv/app/lib/a.php",
        "/srv/app/conf/store.p12",
        "/srv/app/conf/settings",
    ]);
    let uses = ["r /srv/app/index.php", "r /srv/app/lib/a.php", "r /srv/app/conf/settings"];
    let found = lines(&host, &uses);
    assert_eq!(found, ["/srv/app/conf/settings", "/srv/app/index.php", "/srv/app/lib"]);
}

#[test]
fn a_folder_with_a_key_is_not_shown_because_it_was_listed() {
    let host = FakeHost::new(&["/srv/app/index.php", "/srv/app/store.p12"]);
    let (found, reasons) = lines_on(&host, &["r /srv/app", "r /srv/app/index.php"]);
    assert_eq!(found, ["/srv/app/index.php"]);
    assert!(reasons.len() == 1 && reasons[0].contains("a folder with a key"), "{reasons:?}");
}

#[test]
fn a_socket_beside_a_key_is_shown_without_it() {
    let host = FakeHost::new(&["/srv/app/app.sock", "/srv/app/tls.key"]);
    assert_eq!(lines(&host, &["c /srv/app/app.sock"]), ["/srv/app/app.sock"]);
    let host = FakeHost::new(&["/srv/app/app.sock", "/srv/app/readme"]);
    assert_eq!(lines(&host, &["c /srv/app/app.sock"]), ["/srv/app"]);
}

#[test]
fn a_private_key_is_known_by_its_content_too() {
    let names = ["/srv/app/index.php", "/srv/app/tls/server.pem +k", "/srv/app/tls/ca.pem"];
    let uses = ["r /srv/app/index.php", "r /srv/app/tls/server.pem", "r /srv/app/tls/ca.pem"];
    let (found, reasons) = lines_on(&FakeHost::new(&names), &uses);
    assert_eq!(found, ["/srv/app/index.php", "/srv/app/tls/ca.pem"]);
    assert!(reasons.len() == 1 && reasons[0].contains("a private key"), "{reasons:?}");
}

#[test]
fn secrets_of_macos_are_known_by_both_of_their_names() {
    let host =
        FakeHost::new(&["/private/etc/ssh/ssh_config", "/etc -> /private/etc", "/Users/ann/x"]);
    let uses = [
        "r /private/etc/ssh/ssh_config",
        "r /etc/ssh/ssh_config",
        "r /private/etc",
        "r /Users/ann",
    ];
    let (found, reasons) = lines_on(&host, &uses);
    assert_eq!((found.len(), reasons.len()), (0, uses.len()), "{reasons:?}");
}

#[test]
fn a_visitor_who_asks_for_many_paths_gets_a_bounded_number_of_lines() {
    let names: Vec<_> = (0..1000).map(|number| format!("/usr/share/app{number}/x")).collect();
    let host = FakeHost::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let uses: Vec<_> = names.iter().map(|name| format!("r {name}")).collect();
    let (found, reasons) = lines_on(&host, &uses.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((found.len(), reasons.len()), (300, 700));
}

#[test]
fn a_folder_with_a_file_that_the_server_keeps_for_itself_is_shown_by_its_files() {
    let host = FakeHost::new(&["/etc/apache2/users", "/etc/apache2/server.pem"]);
    assert_eq!(lines(&host, &["r /etc/apache2/users"]), ["/etc/apache2/users"]);
}
