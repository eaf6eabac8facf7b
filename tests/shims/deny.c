/* For LD_PRELOAD: a seccomp filter that denies the system calls of the numbers in DENY (1,2,3), as a unit of systemd, a
 * container runtime or a security module does. DENY_WITH is the errno in place of EPERM; 0 says that the call
 * succeeded, and nothing is done; "kill" ends the process, as SystemCallFilter= does without SystemCallErrorNumber=. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { MOST = 64 };

__attribute__((constructor)) static void deny(void)
{
    const char *numbers = getenv("DENY"), *with = getenv("DENY_WITH");
    unsigned answer = SECCOMP_RET_ERRNO | (with ? (unsigned)atoi(with) : EPERM);
    struct sock_filter steps[2 * MOST + 2];
    unsigned short count = 0;
    char *end;

    if (with && strcmp(with, "kill") == 0)
        answer = SECCOMP_RET_KILL_PROCESS;
    steps[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    while (numbers && *numbers && count < 2 * MOST) {
        unsigned number = (unsigned)strtoul(numbers, &end, 10);

        steps[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
        steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
        numbers = *end == ',' ? end + 1 : end;
    }
    steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = { count, steps };

    if (count < 4 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        perror("seccomp");
        _exit(70);
    }
}
