/* System calls that go wrong on request, for LD_PRELOAD.
 *
 * FAULT=CALL:ERRNO   CALL fails with that errno (EPERM, EIO, EAGAIN, EMFILE, ENOENT or ENOSYS); CALL may be an operation
 *                    of prctl (PR_CAPBSET_READ) or a call that the C library has no function for (landlock_restrict_self)
 * FAULT=CALL:lie     CALL answers success and does nothing
 *                    either with @N: only the Nth such call of a process
 *
 * Only processes forked from the one that loaded the shim are concerned, and in them only calls from
 * an object whose name holds FAULT_FROM (mod_chroot unless set).
 * FAULT_AFTER=PATH   only processes that begin when there is such a file
 * FAULT_FORKED_BY=X  only processes that an object forked whose name holds X
 * FAULT_LOADER=1     the process that loaded the shim, too
 * FAULT_MARK=PATH    every fault is noted there
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum fault { NONE, FAIL, LIE };

static struct {
    char call[32];
    enum fault fault;
    int error, only, mark;
    const char *from, *after, *forked_by, *mark_path;
    pid_t loader;
} wanted;

/* What concerns the present process, found out anew in each. */
static struct {
    pid_t pid;
    int armed, calls;
} here;

/* Whether the last fork was called by an object that is wanted. */
static int is_wanted_fork;

static int error_named(const char *name)
{
    static const struct {
        const char *name;
        int error;
    } known[] = { { "EPERM", EPERM }, { "EIO", EIO }, { "EAGAIN", EAGAIN }, { "EMFILE", EMFILE }, { "ENOENT", ENOENT }, { "ENOSYS", ENOSYS } };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].error;
    fprintf(stderr, "FAULT: unknown errno %s\n", name);
    _exit(70);
}

__attribute__((constructor)) static void load(void)
{
    const char *fault = getenv("FAULT"), *mark = getenv("FAULT_MARK");
    char how[16] = "";

    wanted.loader = getpid();
    wanted.mark = -1;
    wanted.from = getenv("FAULT_FROM") ? getenv("FAULT_FROM") : "mod_chroot";
    wanted.after = getenv("FAULT_AFTER");
    wanted.forked_by = getenv("FAULT_FORKED_BY");
    if (fault == NULL || sscanf(fault, "%31[^:]:%15[^@]@%d", wanted.call, how, &wanted.only) < 2)
        return;
    wanted.fault = strcmp(how, "lie") == 0 ? LIE : FAIL;
    wanted.error = wanted.fault == FAIL ? error_named(how) : 0;
    if (mark) {
        wanted.mark_path = mark;
        int fd = open(mark, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        /* Out of the way of numbers that programs count on. */
        wanted.mark = fcntl(fd, F_DUPFD_CLOEXEC, 200);
        close(fd);
    }
}

static void arm(void)
{
    here.pid = getpid();
    here.calls = 0;
    here.armed = (here.pid != wanted.loader || getenv("FAULT_LOADER")) && (wanted.forked_by == NULL || is_wanted_fork) &&
                 (wanted.after == NULL || access(wanted.after, F_OK) == 0);
}

static int is_from(const char *part, void *caller)
{
    Dl_info object;

    return dladdr(caller, &object) != 0 && object.dli_fname != NULL && strstr(object.dli_fname, part) != NULL;
}

static enum fault fault_of(const char *call, void *caller)
{
    if (here.pid != getpid())
        arm();
    if (!here.armed || wanted.fault == NONE || strcmp(call, wanted.call) != 0 || !is_from(wanted.from, caller))
        return NONE;
    here.calls++;
    if (wanted.only != 0 && wanted.only != here.calls)
        return NONE;
    if (wanted.mark >= 0 && dprintf(wanted.mark, "%s %d\n", call, (int)here.pid) < 0) {
        /* A process that tries something for the module has no foreign descriptor; it is outside still. */
        int fd = open(wanted.mark_path, O_WRONLY | O_APPEND | O_CLOEXEC);
        dprintf(fd, "%s %d\n", call, (int)here.pid);
        close(fd);
    }
    errno = wanted.error;
    return wanted.fault;
}

/* One wrapper per call: the same decision, another signature. */
#define WRAP(type, call, parameters, arguments, failed, lied)                  \
    type call parameters                                                       \
    {                                                                          \
        type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #call);  \
        enum fault fault = fault_of(#call, __builtin_return_address(0));       \
        return fault == FAIL ? (failed) : fault == LIE ? (lied) : real arguments; \
    }

WRAP(int, chroot, (const char *path), (path), -1, 0)
WRAP(int, chdir, (const char *path), (path), -1, 0)
WRAP(int, fchdir, (int fd), (fd), -1, 0)
WRAP(int, setgid, (gid_t group), (group), -1, 0)
WRAP(int, setgroups, (size_t count, const gid_t *list), (count, list), -1, 0)
WRAP(int, initgroups, (const char *user, gid_t group), (user, group), -1, 0)
WRAP(int, setuid, (uid_t user), (user), -1, 0)
WRAP(int, seteuid, (uid_t user), (user), -1, 0)
WRAP(int, setreuid, (uid_t real_user, uid_t user), (real_user, user), -1, 0)
WRAP(int, getgroups, (int count, gid_t *list), (count, list), -1, 0)
WRAP(int, getresuid, (uid_t *r, uid_t *e, uid_t *s), (r, e, s), -1, 0)
WRAP(int, getresgid, (gid_t *r, gid_t *e, gid_t *s), (r, e, s), -1, 0)
WRAP(int, fstat, (int fd, struct stat *facts), (fd, facts), -1, 0)
WRAP(int, fstat64, (int fd, struct stat64 *facts), (fd, facts), -1, 0)
WRAP(int, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *facts), (fd, path, flags, mask, facts), -1, 0)
WRAP(int, fstatat, (int fd, const char *path, struct stat *facts, int flags), (fd, path, facts, flags), -1, 0)
WRAP(int, close, (int fd), (fd), -1, 0)
WRAP(int, isatty, (int fd), (fd), 0, 0)
WRAP(int, dup2, (int from, int to), (from, to), -1, to)
WRAP(int, unshare, (int what), (what), -1, 0)
WRAP(int, fstatfs, (int fd, struct statfs *facts), (fd, facts), -1, 0)
WRAP(int, fstatfs64, (int fd, struct statfs64 *facts), (fd, facts), -1, 0)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL, NULL)
WRAP(struct dirent *, readdir, (DIR *directory), (directory), NULL, NULL)
WRAP(struct dirent64 *, readdir64, (DIR *directory), (directory), NULL, NULL)

int openat(int parent, const char *path, int flags, ...)
{
    int (*real)(int, const char *, int, mode_t) = (int (*)(int, const char *, int, mode_t))dlsym(RTLD_NEXT, "openat");
    enum fault fault = fault_of("openat", __builtin_return_address(0));
    mode_t mode = 0;
    va_list rest;

    va_start(rest, flags);
    if (flags & (O_CREAT | O_TMPFILE))
        mode = va_arg(rest, mode_t);
    va_end(rest);
    return fault == NONE ? real(parent, path, flags, mode) : -1;
}

struct named {
    long number;
    const char *name;
};

static const char *named(const struct named *known, size_t count, long number, const char *other)
{
    for (size_t i = 0; i < count; i++)
        if (known[i].number == number)
            return known[i].name;
    return other;
}

/* Six words whatever the call takes: the kernel looks at as many as it needs. */
long syscall(long number, ...)
{
    static const struct named calls[] = {
        { SYS_capset, "capset" },
        { SYS_capget, "capget" },
        { SYS_keyctl, "keyctl" },
        { SYS_seccomp, "seccomp" },
        { SYS_close_range, "close_range" },
        { SYS_get_robust_list, "get_robust_list" },
        { SYS_landlock_create_ruleset, "landlock_create_ruleset" },
        { SYS_landlock_add_rule, "landlock_add_rule" },
        { SYS_landlock_restrict_self, "landlock_restrict_self" },
    };
    long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    const char *name = named(calls, sizeof calls / sizeof calls[0], number, "syscall");
    enum fault fault = fault_of(name, __builtin_return_address(0));
    long word[6];
    va_list rest;

    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        word[i] = va_arg(rest, long);
    va_end(rest);
    if (fault == NONE)
        return real(number, word[0], word[1], word[2], word[3], word[4], word[5]);
    return fault == FAIL ? -1 : 0;
}

int prctl(int operation, ...)
{
    static const struct named operations[] = {
        { PR_SET_DUMPABLE, "PR_SET_DUMPABLE" },         { PR_GET_DUMPABLE, "PR_GET_DUMPABLE" },
        { PR_CAPBSET_DROP, "PR_CAPBSET_DROP" },         { PR_CAPBSET_READ, "PR_CAPBSET_READ" },
        { PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS" }, { PR_GET_NO_NEW_PRIVS, "PR_GET_NO_NEW_PRIVS" },
        { PR_CAP_AMBIENT, "PR_CAP_AMBIENT" },
    };
    int (*real)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
    void *caller = __builtin_return_address(0);
    enum fault fault = fault_of("prctl", caller);
    unsigned long word[4];
    va_list rest;

    va_start(rest, operation);
    for (int i = 0; i < 4; i++)
        word[i] = va_arg(rest, unsigned long);
    va_end(rest);
    if (fault == NONE)
        fault = fault_of(named(operations, sizeof operations / sizeof operations[0], operation, "prctl-else"), caller);
    if (fault == NONE && operation == PR_CAP_AMBIENT && word[0] == PR_CAP_AMBIENT_IS_SET)
        fault = fault_of("PR_CAP_AMBIENT_IS_SET", caller);
    if (fault == NONE)
        return real(operation, word[0], word[1], word[2], word[3]);
    return fault == FAIL ? -1 : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    enum fault fault = fault_of("ioctl", __builtin_return_address(0));
    va_list rest;
    void *word;

    va_start(rest, request);
    word = va_arg(rest, void *);
    va_end(rest);
    return fault == NONE ? real(fd, request, word) : fault == FAIL ? -1 : 0;
}

pid_t fork(void)
{
    pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");

    is_wanted_fork = wanted.forked_by != NULL && is_from(wanted.forked_by, __builtin_return_address(0));
    return real();
}
