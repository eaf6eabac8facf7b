/* A module that calls itself mod_wsgi.c, and forks in no way that is known: it does nothing. */
#include "httpd.h"
#include "http_config.h"

static const char *daemon_process(cmd_parms *cmd, void *unused, const char *words)
{
    (void)cmd, (void)unused, (void)words;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_RAW_ARGS("WSGIDaemonProcess", daemon_process, NULL, RSRC_CONF, "a daemon"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}
};

module AP_MODULE_DECLARE_DATA wsgi_module = {
    MODULE_MAGIC_NUMBER_MAJOR, MODULE_MAGIC_NUMBER_MINOR, -1, "mod_wsgi.c", NULL, NULL, MODULE_MAGIC_COOKIE,
    NULL, NULL, NULL, NULL, NULL, directives, NULL, 0
};
