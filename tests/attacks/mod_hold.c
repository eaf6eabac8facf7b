/* A careless module: leaves one descriptor of each kind open in every process of the server. From 98 on they lead
 * somewhere, from 150 on they do not. What this kernel cannot open is left out. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "httpd.h"
#include "http_config.h"
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static void hold(int number, long fd)
{
    if (fd < 0)
        return;
    dup2((int)fd, number);
    if (fd != number)
        close((int)fd);
}

static long ring(void)
{
    char room[256] = { 0 };

    return syscall(SYS_io_uring_setup, 1, room);
}

static long counter(void)
{
    struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof attributes };

    return syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

static long map(void)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = attributes.value_size = 4;
    attributes.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}

static long rules(void)
{
    unsigned long long handled[3] = { 1, 0, 0 };

    return syscall(SYS_landlock_create_ruleset, handled, sizeof handled, 0);
}

static int leave_open(apr_pool_t *p, apr_pool_t *l, apr_pool_t *t, server_rec *s)
{
    sigset_t none;
    int ends[2];

    (void)p, (void)l, (void)t, (void)s;
    sigemptyset(&none);
    hold(98, syscall(SYS_memfd_secret, 0)); /* a regular file, of a file system that is in no list */
    hold(99, syscall(SYS_mq_open, "mod_chroot-test", O_RDWR | O_CREAT, 0600, NULL));
    syscall(SYS_mq_unlink, "mod_chroot-test");
    hold(100, open("/", O_RDONLY | O_DIRECTORY));
    hold(101, open("/etc/passwd", O_PATH));
    hold(102, syscall(SYS_pidfd_open, getpid(), 0));
    hold(103, open("/proc/self/ns/mnt", O_RDONLY));
    hold(104, syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */));
    hold(105, inotify_init());
    hold(106, ring());
    hold(107, fanotify_init(FAN_CLASS_NOTIF, O_RDONLY));
    hold(108, rules());
    hold(109, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    hold(110, socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE));
    hold(111, socket(AF_PACKET, SOCK_DGRAM, 0));
    hold(112, open("/proc/self/mem", O_RDWR));
    hold(113, open("/proc/self/status", O_RDONLY));
    hold(114, open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
    hold(115, open("/sys/kernel/uevent_seqnum", O_RDONLY));
    hold(116, counter());
    hold(117, map());
    hold(118, syscall(SYS_userfaultfd, 0));
    hold(119, syscall(SYS_fsopen, "tmpfs", 0));
    hold(120, open("/dev/ptmx", O_RDWR | O_NOCTTY));
    hold(150, memfd_create("kept", 0));
    if (pipe(ends) == 0) {
        hold(151, ends[0]);
        hold(152, ends[1]);
    }
    hold(153, epoll_create1(0));
    hold(154, eventfd(0, 0));
    hold(155, timerfd_create(CLOCK_MONOTONIC, 0));
    hold(156, signalfd(-1, &none, 0));
    hold(157, open("/dev/null", O_RDWR));
    hold(158, open("/dev/urandom", O_RDONLY));
    hold(159, open("/etc/passwd", O_RDONLY));
    hold(160, socket(AF_UNIX, SOCK_DGRAM, 0));
    hold(161, socket(AF_INET6, SOCK_STREAM, 0));
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_config(leave_open, NULL, NULL, APR_HOOK_REALLY_FIRST - 5);
}

AP_DECLARE_MODULE(hold) = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks };
