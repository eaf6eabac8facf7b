/* A module for httpd that lets one system call go wrong from a moment on, in this process and in all that it starts:
 * a seccomp filter, as a container runtime or a security module installs one. Other calls are not touched.
 *
 * ONE_CALL=NUMBER:WORD:VALUE:ERRNO ...   the call of this number; if WORD is not -1 only where this word of it has this
 *                                        value: one operation of prctl, say. ERRNO is what is answered; 0 is a lie:
 *                                        success, and nothing is done. More than one, with spaces between.
 * ONE_CALL_FROM=MOMENT                   configuration: before the first configuration is checked
 *                                        logs: when the logs are open, before anything is made ready for children
 *                                        entry: in each process that is to give up root, before it does
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "mpm_common.h"

/* The lower half of a word, which holds all of an operation. */
#if APR_IS_BIGENDIAN
#define LOWER(index) (offsetof(struct seccomp_data, args) + 8 * (index) + 4)
#else
#define LOWER(index) (offsetof(struct seccomp_data, args) + 8 * (index))
#endif

/* More than fit are not heeded. */
enum { MOST = 8, STEPS = 5 };

static struct sock_filter steps[MOST * STEPS + 1];
static unsigned short count;

static void add(int call, int word, unsigned value, int error)
{
    struct sock_filter one[STEPS] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOWER((unsigned)word)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
    };

    if (count + STEPS >= (int)(sizeof steps / sizeof *steps))
        return;
    if (word < 0) /* no look at a word */
        one[2] = one[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 0, 0, 0);
    memcpy(steps + count, one, sizeof one);
    count += STEPS;
}

static void arm(const char *moment)
{
    const char *from = getenv("ONE_CALL_FROM"), *calls = getenv("ONE_CALL");
    int call, word, length, error;
    unsigned value;

    if (from == NULL || strcmp(from, moment) != 0)
        return;
    count = 0;
    /* A number that a call went wrong with is not to end every process of this machine, nor the first. */
    add(SYS_kill, 0, (unsigned)-1, EPERM);
    add(SYS_kill, 0, 1, EPERM);
    while (calls != NULL && sscanf(calls, "%d:%d:%u:%d%n", &call, &word, &value, &error, &length) == 4) {
        add(call, word, value, error);
        calls += length;
    }
    steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = { count, steps };
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        perror("ONE_CALL: seccomp");
        _exit(70);
    }
}

/* httpd reads its configuration twice, and at each restart, and loads its modules anew each time: the filter stays. */
static void arm_once(const char *moment)
{
    if (getenv("ONE_CALL_ARMED") != NULL)
        return;
    arm(moment);
    const char *from = getenv("ONE_CALL_FROM");
    if (from != NULL && strcmp(from, moment) == 0)
        setenv("ONE_CALL_ARMED", "1", 1);
}

static int at_configuration(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    arm_once("configuration");
    return OK;
}

static int at_logs(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)server;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        arm_once("logs");
    return OK;
}

static int at_entry(apr_pool_t *pool, server_rec *server)
{
    (void)pool;
    (void)server;
    arm("entry");
    return DECLINED;
}

static void hooks(apr_pool_t *pool)
{
    static const char *const before[] = { "mod_chroot.c", NULL };

    (void)pool;
    ap_hook_pre_config(at_configuration, NULL, before, APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(at_logs, NULL, before, APR_HOOK_REALLY_FIRST);
    ap_hook_drop_privileges(at_entry, NULL, before, APR_HOOK_REALLY_FIRST);
}

module AP_MODULE_DECLARE_DATA one_call_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0
};
