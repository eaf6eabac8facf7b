//! Rows of modules that run a language, ask another service, or start programs.

use super::fixture::{RuleFixture, check};

#[test]
fn settings_and_modules_of_pam_are_read_at_requests() {
    let debian = format!("/lib/{}-linux-gnu/security", std::env::consts::ARCH);
    for name in ["AuthPAMService", "InterceptFormPAMService"] {
        let found = RuleFixture::default().list_requirements(&format!("{name} web"));
        let folders = ["/lib/security", "/usr/lib/security", "/usr/lib64/security", &debian];
        // Where all packages have directories of their own, the libraries are not shown with the modules.
        let above = |folder: &str| match folder.trim_end_matches("/security") {
            "/lib" | "/usr/lib" => folder.to_owned(),
            above => above.to_owned(),
        };
        let mut expected = vec![format!("{name}!? file /etc/pam.d/web -> /etc/pam.d")];
        expected
            .extend(folders.map(|folder| format!("{name}!? folder {folder} -> {}", above(folder))));
        expected.push(format!("{name}!? socket /var/lib/sss/pipes/pam -> /var/lib/sss/pipes"));
        assert_eq!(found, expected);
    }
    check(&RuleFixture::default(), &[("AuthPAMService ../web", &[])]);
}

/// Where the kernel has AppArmor. Without its hat, a request has the rights of the whole server.
#[test]
fn a_hat_of_apparmor_decides() {
    for name in ["AAHatName", "AADefaultHatName", "ImmHatName", "ImmDefaultHatName"] {
        let found = RuleFixture::default().list_requirements(&format!("{name} hat"));
        assert_eq!(
            found,
            [format!("{name}!!? file /sys/kernel/security/apparmor/profiles -> words")]
        );
    }
}

#[test]
fn attributes_of_users_come_over_the_bus_of_the_system() {
    for name in [
        "LookupUserAttr",
        "LookupUserAttrIter",
        "LookupUserByCertificate",
        "LookupUserGECOS",
        "LookupUserGroups",
        "LookupUserGroupsIter",
    ] {
        let found = RuleFixture::default().list_requirements(&format!("{name} a b"));
        assert_eq!(found, [format!("{name}? socket /run/dbus/system_bus_socket -> words")]);
    }
}

#[test]
fn a_handler_of_python_needs_pythons_own_library() {
    for name in [
        "PythonAccessHandler",
        "PythonAuthenHandler",
        "PythonAuthzHandler",
        "PythonCleanupHandler",
        "PythonConnectionHandler",
        "PythonFixupHandler",
        "PythonHandler",
        "PythonHeaderParserHandler",
        "PythonImport",
        "PythonInitHandler",
        "PythonInputFilter",
        "PythonLogHandler",
        "PythonOutputFilter",
        "PythonPostReadRequestHandler",
        "PythonTransHandler",
        "PythonTypeHandler",
    ] {
        let found =
            RuleFixture::default().list_requirements(&format!("{name} mod_python.publisher"));
        let [one] = &*found else { panic!("{found:?}") };
        assert!(one.starts_with(&format!("{name}!? one of /usr/lib/python3.6/encodings")), "{one}");
        assert!(one.ends_with(" -> programs /usr/bin/python3"), "{one}");
    }
    let rows: &[(&str, &[&str])] = &[
        ("PythonPath \"sys.path + ['/srv/c']\"", &["PythonPath!? folder /srv/c -> /srv/c"]),
        ("PythonPath \"sys.path\"", &[]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn servers_of_mono_run_inside() {
    let rows: &[(&str, &[&str])] = &[
        (
            "MonoServerPath a /usr/bin/mod-mono-server4",
            &["MonoServerPath! program /usr/bin/mod-mono-server4 -> program"],
        ),
        (
            "MonoExecutablePath /usr/bin/mono",
            &["MonoExecutablePath! program /usr/bin/mono -> program"],
        ),
        (
            "MonoApplications a \"/:/srv/a,h:80:/b:/srv/b\"",
            &[
                "MonoApplications! either /srv/a -> /srv/a",
                "MonoApplications! either /srv/b -> /srv/b",
            ],
        ),
        ("AddMonoApplications a \"/x:/srv/x\"", &["AddMonoApplications! either /srv/x -> /srv/x"]),
        ("MonoApplicationsConfigDir /e/m", &["MonoApplicationsConfigDir! either /e/m -> /e/m"]),
        (
            "MonoApplicationsConfigFile /e/m.x",
            &["MonoApplicationsConfigFile! either /e/m.x -> /e/m.x"],
        ),
        ("MonoDocumentRootDir /srv/m", &["MonoDocumentRootDir! either /srv/m -> /srv/m"]),
        ("MonoPath /a:/b", &["MonoPath! either /a -> /a", "MonoPath! either /b -> /b"]),
        ("MonoUnixSocket /v/m/s", &["MonoUnixSocket! writes in /v/m -> rw:/v/m"]),
        ("MonoUnixSocket /tmp/s", &["MonoUnixSocket! writes in /tmp -> tmp"]),
        ("MonoWapiDir /v/w", &["MonoWapiDir! writes in /v/w -> rw:/v/w"]),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn caches_and_scripts_of_other_modules_are_named() {
    let rows: &[(&str, &[&str])] = &[
        ("uWSGImount /x u.example:3031", &["uWSGImount!? host u.example -> dns"]),
        ("uWSGImount /x /run/u/s", &["uWSGImount!? socket /run/u/s -> /run/u"]),
        ("SVNHooksEnv /e/h", &["SVNHooksEnv file /e/h -> config"]),
        ("SVNHooksEnv hooks-env", &[]),
        (
            "DOSEmailNotify a@b.example",
            &["DOSEmailNotify? one of /bin/mail /usr/bin/mail -> words"],
        ),
        ("LogSQLLoginInfo mysql://u:p@d.example/logs", &["LogSQLLoginInfo host d.example -> dns"]),
        ("LogSQLLoginInfo d.example u p", &["LogSQLLoginInfo host d.example -> dns"]),
        (
            "LogSQLSocketFile /run/my/s\nLogSQLLoginInfo mysql://u:p@localhost/logs",
            &["LogSQLSocketFile socket /run/my/s -> /run/my"],
        ),
        ("MusicIndexCache file:///v/m", &["MusicIndexCache writes in /v/m -> rw:/v/m"]),
        ("MusicIndexCache mysql://u:p@d.example/m", &["MusicIndexCache host d.example -> dns"]),
        ("OAuth2Cache file dir=/v/o&max=2", &["OAuth2Cache writes in /v/o -> rw:/v/o"]),
        ("OAuth2Cache file", &["OAuth2Cache writes in /tmp -> tmp"]),
        ("OAuth2Cache redis host_name=r.example", &["OAuth2Cache host r.example -> dns"]),
        ("OAuth2Cache shm", &[]),
        ("PassengerAppRoot /srv/r", &["PassengerAppRoot! folder /srv/r -> /srv/r"]),
        (
            "PassengerInstanceRegistryDir /run/p",
            &["PassengerInstanceRegistryDir! folder /run/p -> /run/p"],
        ),
        (
            "RivetServerConf ChildInitScript \"source /srv/r/init.tcl\"",
            &["RivetServerConf!? either /srv/r/init.tcl -> /srv/r"],
        ),
        ("RivetDirConf UploadDirectory /v/u", &["RivetDirConf! writes in /v/u -> rw:/v/u"]),
        ("SecRuleEngine On\nSecHttpBlKey key", &["SecHttpBlKey resolver -> dns"]),
        ("SecRuleEngine Off\nSecHttpBlKey key", &[]),
        (
            "ShibCatalogs /e/a.xml:/e/b.xml",
            &["ShibCatalogs file /e/a.xml -> /e/a.xml", "ShibCatalogs file /e/b.xml -> /e/b.xml"],
        ),
    ];
    check(&RuleFixture::default(), rows);
}

#[test]
fn a_log_in_a_local_database_goes_by_its_socket() {
    let local = RuleFixture::default().list_requirements("LogSQLLoginInfo mysql://u:p@localhost/l");
    assert!(local.iter().all(|line| line.starts_with("LogSQLLoginInfo? socket ")), "{local:?}");
    assert!(!local.is_empty());
}
