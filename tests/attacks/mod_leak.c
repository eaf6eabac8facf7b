/* A careless module: leaves the root directory open in every process of the server. */
#include "httpd.h"
#include "http_config.h"
#include <fcntl.h>

static int leave_open(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    (void)p, (void)l, (void)t, (void)s;
    return open("/", O_RDONLY | O_DIRECTORY) < 0 ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(leave_open, NULL, NULL, APR_HOOK_REALLY_FIRST - 5);
}

AP_DECLARE_MODULE(leak) = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks };
