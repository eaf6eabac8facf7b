/* Outside: sends the root directory to the first who connects to the socket. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **words)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char byte = 0, room[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), root = open("/", O_RDONLY | O_DIRECTORY);

    if (count < 2)
        return 1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", words[1]);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(words[1], 0666) != 0 || listen(fd, 1) != 0)
        return 1;
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof root);
    memcpy(CMSG_DATA(control), &root, sizeof root);
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        if (peer < 0 || sendmsg(peer, &message, 0) < 0)
            return 1;
        close(peer);
    }
}
