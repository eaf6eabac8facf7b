/* The headers that src/platform/ takes constants, layouts and functions from, on each system. */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/mman.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#if defined(__linux__)
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#ifndef RENAME_EXCHANGE /* musl */
#include <linux/fs.h>
#endif
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <link.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
/* <sys/mount.h> cannot stand beside <linux/mount.h> in every C library. */
int umount2(const char *, int);
#elif defined(__FreeBSD__)
#include <link.h>
#include <sys/acl.h>
#include <sys/elf.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#elif defined(__NetBSD__)
#include <elf.h>
#include <link_elf.h>
#include <sys/acl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysctl.h>

/* NetBSD 10 has lengthened the structure and given fstatvfs() another name in its library. The libc crate has
   the structure and the name that NetBSD 9 has, and that NetBSD 10 keeps for programs made for it. */
struct statvfs90 {
    unsigned long f_flag, f_bsize, f_frsize, f_iosize;
    fsblkcnt_t f_blocks, f_bfree, f_bavail, f_bresvd;
    fsfilcnt_t f_files, f_ffree, f_favail, f_fresvd;
    uint64_t f_syncreads, f_syncwrites, f_asyncreads, f_asyncwrites;
    fsid_t f_fsidx;
    unsigned long f_fsid, f_namemax;
    uid_t f_owner;
    uint32_t f_spare[4];
    char f_fstypename[32], f_mntonname[1024], f_mntfromname[1024];
};
int fstatvfs_before_10(int, struct statvfs90 *) __asm("fstatvfs");
#elif defined(__APPLE__)
#include <sys/acl.h>
#include <libproc.h>
#include <mach-o/dyld.h>
#include <sys/mount.h>
#include <sys/proc_info.h>
#endif
