//! Scenes that several tests are played on.

use super::apache::Mpm;
use super::programs;
use super::site::Site;

/// A site with a CGI program at `/cgi-bin/witness`, run by mod_cgid.
///
/// Children reach the daemon's socket by the path it was bound to, so the jail is linked to itself.
pub(crate) fn with_cgi(mpm: Mpm) -> Site {
    Site::new(mpm)
        .modules(&["alias", "cgid"])
        .linked_to_itself()
        .writable("run")
        .program("cgi-bin/witness", programs::cgi())
        .config("ScriptSock \"{jail}/run/cgid.sock\"\nScriptAlias /cgi-bin/ \"{inside}/cgi-bin/\"")
}

/// A site with a FastCGI application at `/app/witness`, run by mod_fcgid; also by the path that it has on the
/// host, at `/by-host-path/witness`, so that it answers from outside when its manager is there.
pub(crate) fn with_fcgid(mpm: Mpm) -> Site {
    Site::new(mpm)
        .modules(&["alias", "fcgid"])
        .linked_to_itself()
        .writable("run/fcgid")
        .program("app/witness", programs::fastcgi())
        .config(
            "FcgidIPCDir \"{jail}/run/fcgid\"\nFcgidProcessTableFile \"{server}/run/fcgid_shm\"",
        )
        .config("Alias /app/ \"{inside}/app/\"")
        .config("Alias /by-host-path/ \"{jail}/app/\"")
        .config(
            "<LocationMatch \"^/(app|by-host-path)/\">\nOptions +ExecCGI\nSetHandler fcgid-script",
        )
        .config("</LocationMatch>")
}

/// A site with a page at `/app`, the text `application`, that a daemon of mod_wsgi serves.
pub(crate) fn with_wsgi(mpm: Mpm, application: &str) -> Site {
    let site = Site::new(mpm);
    // A directory of their own: that of the PidFile would not be shown.
    super::sandbox::make_folder(&site.sandbox.server.join("sockets"));
    site.modules(&["wsgi"])
        .document_root("{jail}/htdocs")
        .file("app/page.wsgi", application)
        .config("ChrootFixRoot view\nChrootProvide program:/usr/bin/python3 /usr/lib/python3")
        .config("WSGIRestrictEmbedded On\nWSGIApplicationGroup %{GLOBAL}")
        .config("WSGISocketPrefix \"{server}/sockets/wsgi\"\nWSGIDaemonProcess d")
        .config("WSGIScriptAlias /app \"{jail}/app/page.wsgi\" process-group=d")
}
