//! What httpd loads as root may lie in a jail, as long as nobody in the jail can change it.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::path::{Path, PathBuf};

    use crate::harness::identity::{GID, UID};
    use crate::harness::{Apache, Mpm, Site};

    /// A module in the jail, with the folder that it lies in.
    fn site() -> (Site, PathBuf, PathBuf) {
        let site = Site::new(Mpm::Event);
        let folder = site.sandbox.jail.join("modules");
        fs::create_dir(&folder).expect("a folder");
        let module = folder.join("mod_dumpio.so");
        fs::copy(Apache::installed().modules.join("mod_dumpio.so"), &module).expect("a module");
        let site = site.config("LoadModule dumpio_module \"{jail}/modules/mod_dumpio.so\"");
        (site, folder, module)
    }

    fn said(module: &Path) -> String {
        format!("CHR609: ChrootAudit \"warn\": \"{}\"", module.display())
    }

    #[test]
    fn a_module_in_the_jail_that_only_root_can_change_is_no_finding() {
        let (site, _, module) = site();
        site.configtest().exits(0).does_not_say(&said(&module));
    }

    #[test]
    fn a_module_that_the_children_can_change_is_found_by_its_owner_its_mode_its_list_and_its_folder()
     {
        type Change = fn(&Path, &Path);
        let changes: [(&str, Change); 6] = [
            ("owner", |_, module| chown(module, Some(UID), None).expect("it")),
            ("group", |_, module| {
                chown(module, None, Some(GID)).expect("it");
                fs::set_permissions(module, PermissionsExt::from_mode(0o664)).expect("it");
            }),
            ("everybody", |_, module| {
                fs::set_permissions(module, PermissionsExt::from_mode(0o646)).expect("it");
            }),
            ("list", |_, module| {
                let mut set = std::process::Command::new("setfacl");
                let status = set.args(["-m", &format!("u:{UID}:rw")]).arg(module).status();
                assert!(status.expect("setfacl").success());
            }),
            ("folder", |folder, _| chown(folder, Some(UID), None).expect("it")),
            ("group of the folder", |folder, _| {
                chown(folder, None, Some(4245)).expect("it");
                fs::set_permissions(folder, PermissionsExt::from_mode(0o775)).expect("it");
            }),
        ];
        for (kind, change) in changes {
            let (site, folder, module) = site();
            change(&folder, &module);
            let outcome = site.configtest();
            assert!(outcome.output.contains(&said(&module)), "{kind}: {outcome:?}");
            let strict = site.config("ChrootAudit strict");
            strict.configtest().fails().says("CHR609");
        }
    }

    /// The file is the same under another name.
    #[test]
    fn a_hard_link_to_a_module_is_found_if_the_children_can_change_it() {
        for (bits, is_found) in [(0o644, false), (0o646, true)] {
            let site = Site::new(Mpm::Event);
            let module = site.sandbox.server.join("mod_dumpio.so");
            fs::copy(Apache::installed().modules.join("mod_dumpio.so"), &module).expect("a module");
            fs::set_permissions(&module, PermissionsExt::from_mode(bits)).expect("its mode");
            let link = site.sandbox.jail.join("htdocs/link");
            fs::hard_link(&module, &link).expect("a link");
            let site = site.config("LoadModule dumpio_module \"{server}/mod_dumpio.so\"");
            let outcome = site.configtest().says("CHR604");
            assert_eq!(outcome.output.contains(&said(&link)), is_found, "{outcome:?}");
        }
    }

    #[test]
    fn a_folder_of_modules_may_be_provided_for_reading_and_is_said_for_writing() {
        for (word, owner, is_said) in [("", UID, false), ("rw:", 0, false), ("rw:", UID, true)] {
            let site = Site::new(Mpm::Event).document_root("{jail}/htdocs");
            let folder = site.sandbox.base.join("modules");
            fs::create_dir(&folder).expect("a folder");
            let module = folder.join("mod_dumpio.so");
            fs::copy(Apache::installed().modules.join("mod_dumpio.so"), &module).expect("a module");
            chown(&module, Some(owner), None).expect("its owner");
            let site = site.config("LoadModule dumpio_module \"{base}/modules/mod_dumpio.so\"");
            let site = site.config(&format!("ChrootProvide \"{word}{{base}}/modules\""));
            let outcome = site.configtest().exits(0);
            let said =
                outcome.output.contains("CHR716") && outcome.output.contains("mod_dumpio.so");
            assert_eq!(said, is_said, "{outcome:?}");
        }
    }
}
