/* A FastCGI responder that tells what it sees: one connection and one request at a time. */
#include "witness.h"
#include <sys/socket.h>

enum { END_REQUEST = 3, STDIN = 5, STDOUT = 6, LISTENER = 0 };

struct record {
    unsigned char version, type, id[2], length[2], padding, reserved;
};

static int read_all(int fd, void *into, size_t size)
{
    char *at = into;

    while (size > 0) {
        ssize_t got = read(fd, at, size);
        if (got <= 0)
            return -1;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}

static void send_record(int fd, const struct record *request, int type, const char *body, size_t size)
{
    struct record head = *request;

    head.type = (unsigned char)type;
    head.length[0] = (unsigned char)(size >> 8);
    head.length[1] = (unsigned char)size;
    head.padding = 0;
    if (write(fd, &head, sizeof head) != (ssize_t)sizeof head || write(fd, body, size) != (ssize_t)size)
        exit(1);
}

/* Returns 0 when the end of the request's body was seen, so that it may be answered. */
static int next_record(int fd, struct record *head)
{
    static char rest[65536 + 256];

    for (;;) {
        size_t length;
        if (read_all(fd, head, sizeof *head) != 0)
            return -1;
        length = (size_t)head->length[0] << 8 | head->length[1];
        if (read_all(fd, rest, length + head->padding) != 0)
            return -1;
        if (head->type == STDIN && length == 0)
            return 0;
    }
}

int main(void)
{
    static const char done[8];
    const char *type = "Content-Type: text/plain\r\n\r\n";

    for (;;) {
        struct record head;
        int fd = accept(LISTENER, NULL, NULL);
        if (fd < 0)
            return 1;
        if (next_record(fd, &head) == 0) {
            char text[8192];
            size_t length = witness(text, sizeof text);
            send_record(fd, &head, STDOUT, type, strlen(type));
            send_record(fd, &head, STDOUT, text, length);
            send_record(fd, &head, STDOUT, "", 0);
            send_record(fd, &head, END_REQUEST, done, sizeof done);
        }
        close(fd);
    }
}
