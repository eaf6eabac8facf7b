/* For LD_PRELOAD: a seccomp filter that denies the system call of the number DENY, as a container
 * runtime or a security module does. DENY_WITH is the errno in place of EPERM; 0 says that the call
 * succeeded, and nothing is done. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

__attribute__((constructor)) static void deny(void)
{
    const char *number = getenv("DENY"), *with = getenv("DENY_WITH");
    unsigned error = with ? (unsigned)atoi(with) : EPERM;
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number ? (unsigned)atoi(number) : ~0u, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = { sizeof steps / sizeof steps[0], steps };

    if (!number || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        perror("seccomp");
        _exit(70);
    }
}
