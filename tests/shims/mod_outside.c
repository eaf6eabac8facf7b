/* A module whose processes stay outside of any jail: "Outside WHEN HOW" starts one.
 *
 * WHEN: reading, open_logs, post_config, pre_mpm, monitor, child_init
 * HOW:  fork    a copy of httpd
 *       clone   the same, by a system call that no handler of forks sees
 *       double  the same, whose parent has ended
 *       vfork   another program
 *       spawn   another program, by posix_spawn
 *       orphan  another program, whose parent has ended
 *       brief   another program, which ends by itself a moment later
 *       logger  another program, which reads a pipe of ours
 *       enters  a copy of httpd that becomes what httpd's own daemons become
 *
 * A copy waits for a minute. The other program is tail on a file of the scene, by whose name the harness
 * finds and ends it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "httpd.h"
#include "http_config.h"
#include "http_log.h"
#include "http_core.h"
#include "http_main.h"
#include "ap_mpm.h"
#include "mpm_common.h"
#include "scoreboard.h"

extern char **environ;
module AP_MODULE_DECLARE_DATA outside_module;

static const char *when = "", *how = "", *file = "";
static int done;

static void wait_for_the_end(void)
{
    alarm(60);
    for (;;)
        pause();
}

static void run(const char *seconds)
{
    if (*seconds)
        execlp("timeout", "timeout", seconds, "tail", "-f", file, (char *)NULL);
    else
        execlp("tail", "tail", "-f", file, (char *)NULL);
    _exit(1);
}

static void spawn(void)
{
    char *words[] = {"tail", "-f", (char *)file, NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "tail", NULL, NULL, words, environ))
        abort();
}

static void logger(void)
{
    int ends[2];
    if (pipe(ends))
        abort();
    if (fork() == 0) {
        dup2(ends[0], 0);
        close(ends[0]);
        close(ends[1]);
        execlp("cat", "cat", "-", file, "-", (char *)NULL);
        _exit(1);
    }
    close(ends[0]);
}

/* The parent waits for its own child only, and so for the birth of the orphan. */
static void twice(int program)
{
    pid_t middle = fork();
    if (middle == 0) {
        if (fork() == 0) {
            setsid();
            if (program)
                run("");
            wait_for_the_end();
        }
        _exit(0);
    }
    waitpid(middle, NULL, 0);
}

static void enter(apr_pool_t *pool, server_rec *server)
{
    if (fork() == 0) {
        usleep(300000);
        if (ap_run_drop_privileges(pool, server) != OK)
            _exit(1);
        wait_for_the_end();
    }
}

static int start(const char *now, apr_pool_t *pool, server_rec *server)
{
    if (strcmp(now, when) || done)
        return DECLINED;
    /* A daemon is for the configuration that will be served. */
    if (!strcmp(how, "enters") && ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_CONFIG)
        return DECLINED;
    done = 1;
    if (!strcmp(how, "fork")) {
        if (fork() == 0)
            wait_for_the_end();
    } else if (!strcmp(how, "clone")) {
        if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
            wait_for_the_end();
    } else if (!strcmp(how, "double")) {
        twice(0);
    } else if (!strcmp(how, "orphan")) {
        twice(1);
    } else if (!strcmp(how, "vfork")) {
        if (vfork() == 0)
            run("");
    } else if (!strcmp(how, "brief")) {
        if (vfork() == 0)
            run("0.7");
    } else if (!strcmp(how, "spawn")) {
        spawn();
    } else if (!strcmp(how, "logger")) {
        logger();
    } else if (!strcmp(how, "enters")) {
        enter(pool, server);
    }
    return DECLINED;
}

static const char *outside(cmd_parms *cmd, void *unused, const char *first, const char *second)
{
    (void)unused;
    when = first;
    how = second;
    file = ap_server_root_relative(cmd->pool, "conf/httpd.conf");
    start("reading", cmd->pool, cmd->server);
    return NULL;
}

static int open_logs(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    (void)l, (void)t;
    return start("open_logs", p, s);
}

static int post_config(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s);

static int pre_mpm(apr_pool_t *p, ap_scoreboard_e type)
{
    (void)type;
    start("pre_mpm", p, ap_server_conf);
    return OK;
}

static int post_config(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    (void)l, (void)t;
    /* As mod_wsgi does it. */
    if (!strcmp(when, "pre_mpm"))
        ap_hook_pre_mpm(pre_mpm, NULL, NULL, APR_HOOK_REALLY_LAST);
    return start("post_config", p, s);
}

static int monitor(apr_pool_t *p, server_rec *s)
{
    return start("monitor", p, s);
}

static void child_init(apr_pool_t *p, server_rec *s)
{
    start("child_init", p, s);
}

static const command_rec directives[] = {
    AP_INIT_TAKE2("Outside", outside, NULL, RSRC_CONF, "when and how a process is started"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}
};

static void hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_open_logs(open_logs, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_monitor(monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA outside_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, hooks, 0
};
