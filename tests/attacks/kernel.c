/* For LD_PRELOAD: makes this kernel answer as another would. MOD_CHROOT_LANDLOCK is the ABI that it tells, 0
 * for one that is switched off, "none" for a kernel without the calls; MOD_CHROOT_SUID_DUMPABLE imitates a sysctl; MOD_CHROOT_FAULT is what goes wrong in every process that
 * is forked once there is the file MOD_CHROOT_FAULT_AFTER. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Read once: a process that tries something for the module has no environment. */
static const char *fault_after, *wanted_fault, *landlock_abi;
static int suid_dumpable;
static int armed;

__attribute__((constructor)) static void load(void)
{
    fault_after = getenv("MOD_CHROOT_FAULT_AFTER");
    wanted_fault = getenv("MOD_CHROOT_FAULT");
    landlock_abi = getenv("MOD_CHROOT_LANDLOCK");
    suid_dumpable = getenv("MOD_CHROOT_SUID_DUMPABLE") != NULL;
}

pid_t fork(void)
{
    pid_t (*real)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");

    armed = fault_after != NULL && access(fault_after, F_OK) == 0;
    return real();
}

/* Whether this goes wrong here. */
static int fails(const char *what)
{
    return wanted_fault != NULL && strcmp(wanted_fault, what) == 0 && armed;
}

/* As with the sysctl fs.suid_dumpable at 1: a process that has changed its user is dumpable again. */
int setuid(uid_t user)
{
    int answer = (int)syscall(SYS_setuid, user);

    if (answer == 0 && suid_dumpable)
        syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    return answer;
}

/* The root directory is writable after all. */
int faccessat(int fd, const char *path, int mode, int flags)
{
    if (fails("writable") && strcmp(path, "/") == 0)
        return 0;
    return (int)syscall(SYS_faccessat2, fd, path, mode, flags);
}

/* A flag that was set is not. */
int prctl(int operation, ...)
{
    va_list list;
    long a[4];

    va_start(list, operation);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (operation == PR_SET_DUMPABLE && fails("tracers"))
        return 0;
    if (operation == PR_GET_NO_NEW_PRIVS && fails("privileges"))
        return 0;
    if (operation == PR_CAPBSET_READ && a[0] == 18 && fails("bound"))
        return 1;
    return (int)syscall(SYS_prctl, (long)operation, a[0], a[1], a[2], a[3]);
}

long syscall(long number, ...)
{
    static long (*real)(long, ...);
    const char *abi = landlock_abi;
    va_list list;
    long a[6];

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_landlock_create_ruleset && a[0] == 0 && abi != NULL) {
        errno = strcmp(abi, "none") == 0 ? ENOSYS : EOPNOTSUPP;
        return atoi(abi) > 0 ? atoi(abi) : -1;
    }
    if (number == SYS_keyctl && fails("keyctl")) {
        errno = EPERM;
        return -1;
    }
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
