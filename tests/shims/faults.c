/* System calls that go wrong on request, for LD_PRELOAD.
 *
 * MOD_CHROOT_FAULT=CALL=refuse makes CALL fail with EPERM; CALL=lie makes it answer success and do nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fault { NONE, REFUSE, LIE };

static enum fault fault_of(const char *call)
{
    const char *wanted = getenv("MOD_CHROOT_FAULT");
    size_t length = strlen(call);

    if (wanted == NULL || strncmp(wanted, call, length) != 0 || wanted[length] != '=')
        return NONE;
    return strcmp(wanted + length + 1, "lie") == 0 ? LIE : REFUSE;
}

/* One wrapper per call: the same decision, another signature. */
#define WRAP(call, parameters, arguments)                                      \
    int call parameters                                                        \
    {                                                                          \
        int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #call);    \
        switch (fault_of(#call)) {                                             \
        case LIE:                                                              \
            return 0;                                                          \
        case REFUSE:                                                           \
            errno = EPERM;                                                     \
            return -1;                                                         \
        default:                                                               \
            return real arguments;                                             \
        }                                                                      \
    }

WRAP(chroot, (const char *path), (path))
WRAP(fchdir, (int fd), (fd))
WRAP(setgid, (gid_t group), (group))
WRAP(setgroups, (size_t count, const gid_t *list), (count, list))
WRAP(setuid, (uid_t user), (user))
