/* The ways out of a jail, tried by a program that runs in one. Each answers "out" when it got there, or
 * "shut" with the reason. Nothing outside is changed: "out" means that something was seen or allowed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the jail there is no such file: who can read it is outside. */
#define OUTSIDE "etc/passwd"

static char reason[256];

static int shut(const char *what)
{
    snprintf(reason, sizeof reason, "%s: %s", what, strerror(errno));
    return 0;
}

static int out(const char *what)
{
    snprintf(reason, sizeof reason, "%s", what);
    return 1;
}

/* Whether a file outside can be read from the directory fd. */
static int reads_from(int fd)
{
    char byte;
    char path[128] = "";
    int file;

    for (int depth = 0; depth < 20; depth++) {
        snprintf(path + 3 * (size_t)depth, sizeof path - 3 * (size_t)depth, OUTSIDE);
        file = openat(fd, path, O_RDONLY);
        if (file >= 0 && read(file, &byte, 1) == 1)
            return out(path);
        memcpy(path + 3 * (size_t)depth, "../", 4);
    }
    return shut("openat");
}

/* A directory that whoever started this program had left open. */
static int inherited_directory(const char *argument)
{
    struct stat stat;

    (void)argument;
    for (int fd = 0; fd < 1024; fd++) {
        if (fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode))
            return reads_from(fd);
    }
    errno = EBADF;
    return shut("no open directory");
}

/* A directory that an accomplice outside sends over a socket that both can reach. */
static int sent_directory(const char *socket_path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
    struct cmsghdr *control;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return shut("connect");
    if (recvmsg(fd, &message, 0) < 0 || (control = CMSG_FIRSTHDR(&message)) == NULL)
        return shut("recvmsg");
    memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return reads_from(fd);
}

/* The working directory, moved out of the jail by somebody outside. */
static int moved_directory(const char *directory)
{
    if (chdir(directory) != 0)
        return shut("chdir");
    close(open("ready", O_CREAT | O_WRONLY, 0600));
    for (int tenths = 0; tenths < 200 && access("go", F_OK) != 0; tenths++)
        usleep(100000);
    if (access("go", F_OK) != 0)
        return shut("nobody moved it");
    return reads_from(AT_FDCWD);
}

/* A second chroot below the first leaves the working directory outside of it. */
static int second_chroot(const char *directory)
{
    if (chroot(directory) != 0)
        return shut("chroot");
    return reads_from(AT_FDCWD);
}

static int chroot_in_a_user_namespace(const char *directory)
{
    if (unshare(CLONE_NEWUSER) != 0)
        return shut("unshare");
    return second_chroot(directory);
}

static int trace(const char *pid)
{
    if (ptrace(PTRACE_SEIZE, (pid_t)atoi(pid), 0, 0) != 0)
        return shut("ptrace");
    return out("ptrace");
}

static int read_memory(const char *pid)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { (void *)0x1000, 1 };

    /* A bad address is told only to who may look. */
    if (process_vm_readv((pid_t)atoi(pid), &here, 1, &there, 1, 0) < 0 && errno != EFAULT)
        return shut("process_vm_readv");
    return out("process_vm_readv");
}

static int take_descriptor(const char *pid)
{
    int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

    if (process < 0)
        return shut("pidfd_open");
    if (syscall(SYS_pidfd_getfd, process, 0, 0) < 0)
        return shut("pidfd_getfd");
    return out("pidfd_getfd");
}

static int through_proc(const char *pid)
{
    char path[128], byte;
    int file;

    snprintf(path, sizeof path, "/proc/%s/root/" OUTSIDE, pid);
    if ((file = open(path, O_RDONLY)) < 0 || read(file, &byte, 1) != 1)
        return shut(path);
    return out(path);
}

static int send_signal(const char *pid)
{
    if (kill((pid_t)atoi(pid), 0) != 0)
        return shut("kill");
    return out("kill");
}

static int abstract_socket(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path + 1, name, length);
    if (connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0)
        return shut("connect");
    return out("connect");
}

/* linux/keyctl.h: search the session keyring, read the key. */
static int inherited_key(const char *description)
{
    char secret[16];
    long key = syscall(SYS_keyctl, 10, -3, "user", description, 0);

    if (key < 0)
        return shut("keyctl search");
    if (syscall(SYS_keyctl, 11, key, secret, sizeof secret) < 0)
        return shut("keyctl read");
    return out("keyctl");
}

/* A copy of this program that belongs to root and has the setuid bit. */
static int setuid_program(const char *path)
{
    int ends[2], status;
    ssize_t got;
    pid_t child;

    if (pipe(ends) != 0 || (child = fork()) < 0)
        return shut("fork");
    if (child == 0) {
        dup2(ends[1], 1);
        execl(path, path, "as-root", (char *)NULL);
        _exit(9);
    }
    close(ends[1]);
    got = read(ends[0], reason, sizeof reason - 1);
    reason[got < 0 ? 0 : got] = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static int device(const char *directory)
{
    char path[128];

    snprintf(path, sizeof path, "%s/device", directory);
    if (mknod(path, S_IFBLK | 0600, makedev(8, 0)) != 0)
        return shut("mknod");
    return out("mknod");
}

static int mount_something(const char *directory)
{
    if (mount("none", directory, "tmpfs", 0, "") != 0)
        return shut("mount");
    return out("mount");
}

static int file_handle(const char *argument)
{
    struct { struct file_handle head; unsigned char bytes[128]; } handle = { { 8, 1, { } }, { 2 } };

    (void)argument;
    if (syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY) < 0 && errno != ESTALE)
        return shut("open_by_handle_at");
    return out("open_by_handle_at");
}

static int mount_api(const char *argument)
{
    (void)argument;
    if (syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */) >= 0)
        return out("open_tree");
    if (syscall(SYS_fsopen, "tmpfs", 0) >= 0)
        return out("fsopen");
    return shut("fsopen");
}

static int other_namespace(const char *pid)
{
    int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

    if (setns(process, CLONE_NEWNS) != 0)
        return shut("setns");
    return reads_from(AT_FDCWD);
}

/* No way out: what a site does. argument: FROM:TO */
static int move_file(const char *argument)
{
    char from[128];
    const char *to = strchr(argument, ':');

    snprintf(from, sizeof from, "%.*s", (int)(to - argument), argument);
    close(open(from, O_CREAT | O_WRONLY, 0600));
    if (rename(from, to + 1) != 0)
        return shut("rename");
    return out("moved");
}

static int become_root(const char *argument)
{
    (void)argument;
    if (setuid(0) != 0 && setresuid(-1, 0, -1) != 0)
        return shut("setuid");
    return out("setuid");
}

/* Limits, priority, processors: none of it is a signal, and all of it can stop a process. */
static int limit_other(const char *pid)
{
    struct rlimit limit;

    if (prlimit((pid_t)atoi(pid), RLIMIT_CORE, NULL, &limit) != 0)
        return shut("prlimit to read");
    if (prlimit((pid_t)atoi(pid), RLIMIT_CORE, &limit, NULL) != 0)
        return shut("prlimit");
    return out("prlimit");
}

static int renice_other(const char *pid)
{
    if (setpriority(PRIO_PROCESS, (id_t)atoi(pid), 19) != 0)
        return shut("setpriority");
    return out("setpriority");
}

/* All processes of the user, whoever they are. */
static int renice_user(const char *argument)
{
    (void)argument;
    /* To what this process has: nobody is to be slowed. EACCES is about one that has less already. */
    if (setpriority(PRIO_USER, 0, getpriority(PRIO_PROCESS, 0)) != 0 && errno != EACCES)
        return shut("setpriority");
    return out("setpriority");
}

static int schedule_other(const char *pid)
{
    struct sched_param nothing = { 0 };

    if (sched_setscheduler((pid_t)atoi(pid), SCHED_IDLE, &nothing) != 0)
        return shut("sched_setscheduler");
    return out("sched_setscheduler");
}

static int bind_other(const char *pid)
{
    unsigned long processors[16];
    long size = syscall(SYS_sched_getaffinity, atoi(pid), sizeof processors, processors);

    if (size < 0 || syscall(SYS_sched_setaffinity, atoi(pid), size, processors) != 0)
        return shut("sched_setaffinity");
    return out("sched_setaffinity");
}

static int starve_other(const char *pid)
{
    if (syscall(SYS_ioprio_set, 1, atoi(pid), 3 << 13 /* idle */) != 0)
        return shut("ioprio_set");
    return out("ioprio_set");
}

/* A key in the keyring that all processes of the user have: add it, and unlink it again. */
static int users_key(const char *description)
{
    long key = syscall(SYS_add_key, "user", description, "x", 1, -4);

    if (key < 0)
        return shut("add_key");
    syscall(SYS_keyctl, 9, key, -4);
    return out("add_key");
}

/* What a system call filter does not look at: the calls of 32-bit programs. */
static int other_architecture(const char *argument)
{
    (void)argument;
#ifdef __x86_64__
    long answer;

    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20 /* getpid */) : "memory");
    if (answer > 0)
        return out("int 0x80");
    errno = (int)-answer;
#else
    errno = ENOSYS;
#endif
    return shut("int 0x80");
}

/* Calls into parts of the kernel where faults were found. Each is made as a program that uses it would. */
static int io_uring(const char *argument)
{
    char parameters[120] = { 0 };

    (void)argument;
    if (syscall(SYS_io_uring_setup, 1, parameters) < 0)
        return shut("io_uring_setup");
    return out("io_uring_setup");
}

static int fault_handler(const char *argument)
{
    (void)argument;
    if (syscall(SYS_userfaultfd, 1 /* faults of this program only */) < 0)
        return shut("userfaultfd");
    return out("userfaultfd");
}

static int memory_without_random_places(const char *argument)
{
    (void)argument;
    if (syscall(SYS_personality, 0x0040000 /* ADDR_NO_RANDOMIZE */) < 0)
        return shut("personality");
    return out("personality");
}

static int memory_policy(const char *argument)
{
    (void)argument;
    if (syscall(SYS_set_mempolicy, 0, NULL, 0) < 0)
        return shut("set_mempolicy");
    return out("set_mempolicy");
}

static int has_socket(int family, int protocol)
{
    static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        int fd = socket(family, types[i], protocol);

        if (fd >= 0) {
            close(fd);
            return 1;
        }
    }
    return 0;
}

/* Whatever the kernel has besides Unix sockets, the internet and netlink. */
static int other_family(const char *argument)
{
    char name[32];

    (void)argument;
    for (int family = 1; family < 64; family++) {
        if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK)
            continue;
        if (has_socket(family, 0)) {
            snprintf(name, sizeof name, "family %d", family);
            return out(name);
        }
    }
    return shut("socket");
}

/* The usual protocol of a type that is not the usual one: SCTP, DCCP. */
static int other_internet_type(const char *argument)
{
    static const int families[] = { AF_INET, AF_INET6 }, types[] = { SOCK_RDM, SOCK_SEQPACKET, 6 /* SOCK_DCCP */ };

    (void)argument;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        for (size_t j = 0; j < sizeof types / sizeof *types; j++) {
            if (socket(families[i], types[j] | SOCK_CLOEXEC, 0) >= 0)
                return out("socket");
            if (errno != EPERM)
                return out(strerror(errno));
        }
    }
    return shut("socket");
}

static int other_netlink(const char *argument)
{
    (void)argument;
    return has_socket(AF_NETLINK, 16 /* NETLINK_GENERIC */) ? out("NETLINK_GENERIC") : shut("socket");
}

static int connects(int fd, const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return shut("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        return shut("connect");
    return out("connect");
}

static int tcp_port(const char *port)
{
    return connects(socket(AF_INET, SOCK_STREAM, 0), port);
}

static int tcp_port_by_several_paths(const char *port)
{
    return connects(socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */), port);
}

/* The connection is made when the first byte is sent. */
static int tcp_port_by_its_first_byte(const char *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, sizeof address) < 0)
        return shut("sendto");
    return out("sendto");
}

static int tcp_port_by_a_layer(const char *argument)
{
    (void)argument;
    /* TCP_ULP, with a name that no layer has. */
    if (setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, 31, "none", 4) < 0 && errno == EPERM)
        return shut("setsockopt");
    return out("setsockopt");
}

static int a_port_of_its_own(const char *argument)
{
    struct sockaddr_in address = { .sin_family = AF_INET };

    (void)argument;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address) != 0)
        return shut("bind");
    return out("bind");
}

static const struct { const char *name; int (*try)(const char *); } ways[] = {
    { "inherited_directory", inherited_directory }, { "sent_directory", sent_directory },
    { "moved_directory", moved_directory }, { "second_chroot", second_chroot },
    { "chroot_in_a_user_namespace", chroot_in_a_user_namespace }, { "trace", trace },
    { "read_memory", read_memory }, { "take_descriptor", take_descriptor }, { "through_proc", through_proc },
    { "send_signal", send_signal }, { "abstract_socket", abstract_socket }, { "inherited_key", inherited_key },
    { "setuid_program", setuid_program }, { "device", device }, { "mount_something", mount_something },
    { "file_handle", file_handle }, { "mount_api", mount_api }, { "other_namespace", other_namespace },
    { "become_root", become_root }, { "move_file", move_file }, { "limit_other", limit_other },
    { "renice_other", renice_other }, { "renice_user", renice_user }, { "schedule_other", schedule_other },
    { "bind_other", bind_other }, { "starve_other", starve_other }, { "users_key", users_key },
    { "other_architecture", other_architecture }, { "io_uring", io_uring }, { "fault_handler", fault_handler },
    { "memory_without_random_places", memory_without_random_places }, { "memory_policy", memory_policy },
    { "other_family", other_family }, { "other_internet_type", other_internet_type }, { "other_netlink", other_netlink }, { "tcp_port", tcp_port },
    { "tcp_port_by_several_paths", tcp_port_by_several_paths },
    { "tcp_port_by_a_layer", tcp_port_by_a_layer },
    { "tcp_port_by_its_first_byte", tcp_port_by_its_first_byte }, { "a_port_of_its_own", a_port_of_its_own },
};

/* query: NAME or NAME:ARGUMENT. In a child, so that what one way has changed does not change the next. */
static size_t answer_to(const char *query, char *text, size_t size)
{
    const char *argument = strchr(query, ':');
    size_t length = argument ? (size_t)(argument - query) : strlen(query);
    int ends[2];
    ssize_t got;

    if (pipe(ends) != 0)
        return 0;
    if (fork() == 0) {
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            if (strlen(ways[i].name) == length && strncmp(ways[i].name, query, length) == 0) {
                int is_out = ways[i].try(argument ? argument + 1 : "");
                dprintf(ends[1], "answer=%s\nreason=%s\nuid=%d\n", is_out ? "out" : "shut", reason, (int)getuid());
            }
        }
        _exit(0);
    }
    close(ends[1]);
    got = read(ends[0], text, size);
    close(ends[0]);
    wait(NULL);
    return got < 0 ? 0 : (size_t)got;
}
