/* A module that leaves directories of the host open in the parent, for every process it starts. */
#include <fcntl.h>
#include "httpd.h"
#include "http_config.h"
#include "apr_strings.h"

static int leak(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)server;
    if (open("/", O_RDONLY | O_DIRECTORY) < 0 || open("/etc", O_PATH | O_DIRECTORY) < 0)
        return HTTP_INTERNAL_SERVER_ERROR;
    return OK;
}

static void hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(leak, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

module AP_MODULE_DECLARE_DATA leak_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0
};
