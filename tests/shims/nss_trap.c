/* A name service library as an intruder would leave it in the jail: tells who loaded it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void sprung(void)
{
    char name[64];
    int fd;

    snprintf(name, sizeof name, "/sprung/uid-%ld", (long)geteuid());
    fd = open(name, O_WRONLY | O_CREAT, 0644);
    if (fd >= 0)
        close(fd);
}
