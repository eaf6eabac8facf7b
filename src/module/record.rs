//! The module record that httpd looks for by the name `chroot_module`, the table of directives and
//! the table of hooks: the table of contents of the module.

use crate::config::set_catalogue::PROVIDE_HELP;
use crate::httpd::{bindings as sys, slot};
use crate::module::{directives, hooks, htaccess_hook, status_hook};
use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

/// A structure that httpd reads and writes, and that we never touch after it is made.
#[repr(transparent)]
pub(crate) struct HttpdOwned<T>(UnsafeCell<T>);

// SAFETY: httpd uses module records and command tables from one thread at a time: it writes them
// while it loads modules, before there is any other thread, and reads them afterwards.
unsafe impl<T> Sync for HttpdOwned<T> {}

/// The record that `LoadModule chroot_module` names.
// A build for lint only has the wrong layouts, so httpd must not find it.
#[cfg_attr(not(lint_only), unsafe(no_mangle))]
#[cfg_attr(lint_only, used)]
#[allow(non_upper_case_globals, reason = "the name is httpd's convention and its users' habit")]
pub(crate) static chroot_module: HttpdOwned<sys::module> =
    HttpdOwned(UnsafeCell::new(sys::module {
        version: sys::MODULE_MAGIC_NUMBER_MAJOR,
        minor_version: sys::MODULE_MAGIC_NUMBER_MINOR,
        module_index: -1,
        // mod_info and <IfModule mod_chroot.c> know the module by the name that C would give it.
        name: c"mod_chroot.c".as_ptr(),
        dynamic_load_handle: null_mut(),
        next: null_mut(),
        magic: sys::CHROOT_MODULE_MAGIC_COOKIE,
        rewrite_args: None,
        create_dir_config: None,
        merge_dir_config: None,
        create_server_config: Some(slot::create),
        merge_server_config: None,
        cmds: DIRECTIVES.0.get().cast(),
        register_hooks: Some(register_hooks),
        flags: 0,
    }));

static DIRECTIVES: HttpdOwned<[sys::command_rec; 12]> = HttpdOwned(UnsafeCell::new([
    directive(
        c"ChrootDir",
        c"the directory that becomes the root of all children: a path (relative to ServerRoot), \
          SERVER_ROOT, DOCUMENT_ROOT or none",
    ),
    directive(
        c"ChrootFixRoot",
        c"how host paths stay true inside the jail: on (default), view, link or off",
    ),
    directive(c"ChrootProvide", PROVIDE_HELP),
    directive(
        c"ChrootAudit",
        c"reaction to devices, set-uid programs and the like in the jail: off, warn (default) or \
          strict",
    ),
    directive(
        c"ChrootCheck",
        c"what to do if others than root can change the path of the jail: strict (default: refuse \
          to serve) or warn",
    ),
    directive(
        c"ChrootHarden",
        c"what is taken from the children besides root: auto (default), full or off, and system \
          calls that they keep: allow:NAME ...",
    ),
    directive(
        c"ChrootConnect",
        c"TCP ports that the children may connect to: any (default), none or PORT ...",
    ),
    directive(
        c"ChrootPreflight",
        c"reaction to paths and names that the configuration needs and the children would not \
          find: warn (default), strict (refuse to serve) or off",
    ),
    directive(
        c"ChrootWarmUp",
        c"whether libraries, tables and names that children use late are loaded before they enter: \
          on (default) or off",
    ),
    directive(
        c"ChrootPreload",
        c"what else is loaded before the children enter: iconv:NAME, locale:NAME or /path/lib.so",
    ),
    directive(
        c"ChrootAllowOutside",
        c"modules whose processes may run outside the jail: mod_NAME ...",
    ),
    END,
]));

const fn directive(
    name: &'static std::ffi::CStr,
    help: &'static std::ffi::CStr,
) -> sys::command_rec {
    sys::command_rec {
        name: name.as_ptr(),
        func: sys::cmd_func { raw_args: Some(directives::accept) },
        cmd_data: null_mut(),
        req_override: sys::RSRC_CONF,
        args_how: sys::cmd_how_RAW_ARGS,
        errmsg: help.as_ptr(),
    }
}

/// httpd knows the end of the table by a null name.
const END: sys::command_rec = sys::command_rec {
    name: std::ptr::null(),
    func: sys::cmd_func { raw_args: None },
    cmd_data: null_mut(),
    req_override: 0,
    args_how: sys::cmd_how_RAW_ARGS,
    errmsg: std::ptr::null(),
};

/// A list of module names for the hook functions: a null ends it.
static UNIXD: HttpdOwned<[*const c_char; 2]> =
    HttpdOwned(UnsafeCell::new([c"mod_unixd.c".as_ptr(), std::ptr::null()]));

/// After every hook. APR subtracts these numbers from each other, so that they cannot be much larger.
const AFTER_ALL: c_int = sys::APR_HOOK_REALLY_LAST + 1000;

extern "C" fn register_hooks(_: *mut sys::apr_pool_t) {
    slot::set_record(chroot_module.0.get());
    let (first, really_first) = (sys::APR_HOOK_FIRST, sys::APR_HOOK_REALLY_FIRST);
    let none = std::ptr::null();
    let unixd = UNIXD.0.get().cast_const().cast();
    // SAFETY: httpd calls this while it loads the module, and the functions and the list of names
    // live as long as the module is loaded, which is longer than httpd's table of hooks.
    unsafe {
        // Before any directive is processed: what ChrootDir's words mean, written into the tree.
        sys::ap_hook_pre_config(Some(hooks::pre_config), none, none, really_first);
    }
    // SAFETY: as above.
    unsafe {
        // At configtest, at start, before a signal is sent: whether the server can be jailed.
        sys::ap_hook_check_config(Some(hooks::check_config), none, none, really_first);
    }
    // SAFETY: as above.
    unsafe {
        // At configtest: the configuration dump, if it is requested.
        sys::ap_hook_test_config(Some(hooks::test_config), none, none, first);
    }
    // SAFETY: as above.
    unsafe {
        // Before mod_cgid and mod_fcgid fork their daemons here: the jail is walked and held.
        sys::ap_hook_post_config(Some(hooks::post_config), none, none, really_first);
    }
    // SAFETY: as above.
    unsafe {
        // After all of them: what they have started is inside, or the server does not start.
        sys::ap_hook_post_config(Some(hooks::post_config_last), none, none, AFTER_ALL);
    }
    // SAFETY: as above.
    unsafe {
        // Before modules that wait for the MPM start what they need; `post_config_last` looks at the result.
        sys::ap_hook_pre_mpm(Some(hooks::pre_mpm_first), none, none, really_first);
    }
    // SAFETY: as above.
    unsafe {
        // While the server runs: nothing that modules start later stays outside.
        sys::ap_hook_monitor(Some(hooks::monitor), none, none, first);
    }
    // SAFETY: as above.
    unsafe {
        // In each child, still root and single-threaded, before mod_unixd would do half of it.
        sys::ap_hook_drop_privileges(Some(hooks::drop_privileges), none, unixd, first);
    }
    // SAFETY: as above.
    unsafe {
        // In each child that is to serve: a last look, whatever other hooks have done.
        sys::ap_hook_child_init(Some(hooks::child_init), none, none, really_first);
    }
    // SAFETY: as above.
    unsafe {
        // In a child that answers a request: an access control file that is a dead link denies access.
        sys::ap_hook_open_htaccess(Some(htaccess_hook::open), none, none, really_first);
    }
    register_hooks_of_children();
    // In a child that answers a request for mod_status' page, and for nothing else.
    status_hook::register();
}

/// Hooks by which children that end before they could serve are noticed.
fn register_hooks_of_children() {
    let none = std::ptr::null();
    // SAFETY: as in `register_hooks`.
    unsafe {
        // In each child that is to serve: every other module has been started.
        sys::ap_hook_child_init(Some(hooks::started), none, none, AFTER_ALL);
    }
    // SAFETY: as above.
    unsafe {
        // In the parent: a child was forked, or has ended.
        sys::ap_hook_child_status(Some(hooks::child_status), none, none, sys::APR_HOOK_FIRST);
    }
}
