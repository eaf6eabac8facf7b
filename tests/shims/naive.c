/* The obvious module: a hook that enters the jail, before mod_unixd does the rest. mod_unixd then looks up the
 * groups of the user as root, inside. */
#include <stdlib.h>
#include <unistd.h>
#include "httpd.h"
#include "http_config.h"
#include "mpm_common.h"

static int enter(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    return chroot(getenv("NAIVE_JAIL")) == 0 && chdir("/") == 0 ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

static void hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_drop_privileges(enter, NULL, NULL, APR_HOOK_FIRST);
}

module AP_MODULE_DECLARE_DATA naive_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0
};
