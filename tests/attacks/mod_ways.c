/* A module whose handler tries a way out in the child that answers, and tells what the kernel says of that child:
 * GET /ways?NAME:ARGUMENT. It answers before httpd looks at any file, so that a call that goes wrong does not keep it
 * from that. */
#undef _GNU_SOURCE /* apxs may have said it, and the next line says it again */
#include "ways.h"
#include <sys/prctl.h>
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"

static void try_way(request_rec *request, const char *query)
{
    const char *argument = strchr(query, ':');
    size_t length = argument ? (size_t)(argument - query) : strlen(query);

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strlen(ways[i].name) == length && strncmp(ways[i].name, query, length) == 0) {
            const char *answer = ways[i].try(argument ? argument + 1 : "") ? "out" : "shut";
            ap_rprintf(request, "answer=%s\nreason=%s\n", answer, reason);
        }
}

static int tell(request_rec *request, int lookup)
{
    (void)lookup;
    if (request->uri == NULL || strcmp(request->uri, "/ways") != 0)
        return DECLINED;
    ap_set_content_type(request, "text/plain");
    ap_rprintf(request, "pid=%ld\ndumpable=%d\n", (long)getpid(), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    if (request->args != NULL)
        try_way(request, request->args);
    return OK;
}

static void hooks(apr_pool_t *pool)
{
    (void)pool;
    (void)answer_to;
    ap_hook_quick_handler(tell, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

module AP_MODULE_DECLARE_DATA ways_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0
};
