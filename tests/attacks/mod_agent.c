/* Another module with a thread, as agents and profilers have. AGENT says where it starts it: "parent", in the parent;
 * "fork", in every child of a fork, by a handler of pthread_atfork; "hook", in a child, before it gives up root. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "httpd.h"
#include "http_config.h"
#include "mpm_common.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *work(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static void start(void)
{
    pthread_t thread;
    Dl_info here;

    /* An agent stays loaded: httpd must not unload the code that its thread runs. */
    if (dladdr((void *)work, &here) != 0)
        dlopen(here.dli_fname, RTLD_NOW | RTLD_NODELETE);
    if (pthread_create(&thread, NULL, work, NULL) == 0)
        pthread_setname_np(thread, "busy-agent");
}

static int is_where(const char *place)
{
    const char *asked = getenv("AGENT");

    return asked != NULL && strcmp(asked, place) == 0;
}

static int in_parent(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    (void)p, (void)l, (void)t, (void)s;
    if (is_where("parent"))
        start();
    if (is_where("fork"))
        pthread_atfork(NULL, NULL, start);
    return OK;
}

static int in_child(apr_pool_t *p, server_rec *s)
{
    (void)p, (void)s;
    if (is_where("hook"))
        start();
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(in_parent, NULL, NULL, APR_HOOK_REALLY_FIRST - 5);
    ap_hook_drop_privileges(in_child, NULL, NULL, APR_HOOK_REALLY_FIRST - 5);
}

AP_DECLARE_MODULE(agent) = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks };
