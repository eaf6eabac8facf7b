/* For LD_PRELOAD: stops a process that tries something in the jail as soon as it is User, as any other process of that
 * user could. It is told from a child that serves by its session, of which it is the first process.
 *
 * STOP_AFTER=PATH   only while there is such a file
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char after[512];

/* The process that tries has no environment. */
__attribute__((constructor)) static void load(void)
{
    snprintf(after, sizeof after, "%s", getenv("STOP_AFTER") ? getenv("STOP_AFTER") : "/");
}

static int is_to_stop;

/* The first thing that it does, outside. */
pid_t setsid(void)
{
    pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "setsid");

    is_to_stop = access(after, F_OK) == 0;
    return real();
}

int setuid(uid_t user)
{
    int (*real)(uid_t) = (int (*)(uid_t))dlsym(RTLD_NEXT, "setuid");
    int answer = real(user);

    if (is_to_stop && user != 0 && getsid(0) == getpid())
        raise(SIGSTOP);
    return answer;
}
