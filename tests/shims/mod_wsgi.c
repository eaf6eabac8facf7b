/* A module that has the name of mod_wsgi, and forks one daemon per WSGIDaemonProcess as it does. The name of
 * the daemon says what goes another way:
 *
 *   passes    it closes the listeners without having become anybody
 *   stranger  it asks for an account that is written nowhere
 *   chroots   it enters a directory by itself before
 */
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "ap_listen.h"
#include "ap_mpm.h"
#include "mpm_common.h"
#include "scoreboard.h"
#include "unixd.h"
#include "apr_thread_proc.h"

static const char *name;

static void become(const char *user, gid_t group, uid_t uid)
{
    if (setgid(group) || initgroups(user, group) || setuid(uid))
        _exit(1);
}

static void run(void)
{
    if (!strcmp(name, "chroots") && chroot("/"))
        _exit(1);
    if (!strcmp(name, "stranger"))
        become("nobody", ap_unixd_config.group_id, 65534);
    else if (strcmp(name, "passes"))
        become(ap_unixd_config.user_name, ap_unixd_config.group_id, ap_unixd_config.user_id);
    ap_close_listeners();
    alarm(60);
    for (;;)
        pause();
}

static int start(apr_pool_t *pool, ap_scoreboard_e type)
{
    apr_proc_t process;
    (void)type;
    if (apr_proc_fork(&process, pool) == APR_INCHILD)
        run();
    apr_pool_note_subprocess(pool, &process, APR_KILL_AFTER_TIMEOUT);
    return OK;
}

static int post_config(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    (void)p, (void)l, (void)t, (void)s;
    if (name)
        ap_hook_pre_mpm(start, NULL, NULL, APR_HOOK_REALLY_LAST);
    return OK;
}

static const char *daemon_process(cmd_parms *cmd, void *unused, const char *words)
{
    (void)unused;
    name = ap_getword_conf(cmd->pool, &words);
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_RAW_ARGS("WSGIDaemonProcess", daemon_process, NULL, RSRC_CONF, "a daemon"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}
};

static void hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA wsgi_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, hooks, 0
};
