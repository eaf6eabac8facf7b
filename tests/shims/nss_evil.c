/* A name service library as an intruder would plant it in the jail: it tells as whom it was loaded. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void tell(void)
{
    int fd = open("/trap/loaded", O_WRONLY | O_APPEND | O_CREAT, 0666);

    if (fd >= 0) {
        dprintf(fd, "uid=%d euid=%d pid=%d\n", (int)getuid(), (int)geteuid(), (int)getpid());
        close(fd);
    }
}
