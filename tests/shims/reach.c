/* A CGI program that tries to reach the outside through the descriptors that it was given. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("Content-Type: text/plain\r\n\r\n");
    for (int fd = 0; fd < 1024; fd++)
        if (faccessat(fd, "etc/passwd", F_OK, 0) == 0 || faccessat(fd, "passwd", F_OK, 0) == 0)
            printf("reached=%d\n", fd);
    printf("tried=1024\n");
    return 0;
}
