/* For LD_PRELOAD: makes this kernel answer as another would. MOD_CHROOT_LANDLOCK is the ABI that it tells, 0
 * being none; MOD_CHROOT_DENIED names a call that fails in processes that have a root of their own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int is_jailed(void)
{
    struct stat passwd;

    return stat("/etc/passwd", &passwd) != 0;
}

long syscall(long number, ...)
{
    static long (*real)(long, ...);
    const char *abi = getenv("MOD_CHROOT_LANDLOCK"), *denied = getenv("MOD_CHROOT_DENIED");
    va_list list;
    long a[6];

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_landlock_create_ruleset && a[0] == 0 && abi != NULL) {
        errno = EOPNOTSUPP;
        return atoi(abi) > 0 ? atoi(abi) : -1;
    }
    if (number == SYS_keyctl && denied != NULL && strcmp(denied, "keyctl") == 0 && is_jailed()) {
        errno = EPERM;
        return -1;
    }
    if (real == NULL)
        real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
