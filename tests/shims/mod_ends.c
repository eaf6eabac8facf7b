/* A module whose start ends each child: "EndsChild exit|abort|hang" after the child has entered. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"

module AP_MODULE_DECLARE_DATA ends_module;

static const char *how = "";

static const char *set_how(cmd_parms *parms, void *unused, const char *word)
{
    (void)parms;
    (void)unused;
    how = word;
    return NULL;
}

static void start(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    if (strcmp(how, "exit") == 0)
        exit(1);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "hang") == 0)
        pause();
}

static const command_rec commands[] = {
    AP_INIT_TAKE1("EndsChild", set_how, NULL, RSRC_CONF, "how each child ends"), {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};

static void hooks(apr_pool_t *pool)
{
    (void)pool;
    how = "";
    ap_hook_child_init(start, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA ends_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, commands, hooks, 0
};
