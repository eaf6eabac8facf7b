/* The same as a FastCGI responder: one connection and one request at a time. */
#include "ways.h"

enum { END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, LISTENER = 0 };

struct record {
    unsigned char version, type, id[2], length[2], padding, reserved;
};

static int read_all(int fd, void *into, size_t size)
{
    for (char *at = into; size > 0;) {
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

/* The value of QUERY_STRING, looked for by its name: lengths come before names, and are below 128 here. */
static void take_query(const char *params, size_t size, char *query, size_t room)
{
    static const char name[] = "QUERY_STRING";
    const char *found = memmem(params, size, name, sizeof name - 1);
    size_t length = found && found > params ? (unsigned char)found[-1] : 0;

    if (length > 0 && length < room && length < 128)
        snprintf(query, room, "%.*s", (int)length, found + sizeof name - 1);
}

static int next_request(int fd, struct record *head, char *query, size_t room)
{
    static char rest[65536 + 256];

    for (;;) {
        size_t length;
        if (read_all(fd, head, sizeof *head) != 0)
            return -1;
        length = (size_t)head->length[0] << 8 | head->length[1];
        if (read_all(fd, rest, length + head->padding) != 0)
            return -1;
        if (head->type == PARAMS)
            take_query(rest, length, query, room);
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
        char query[256] = "", text[1024];
        int fd = accept(LISTENER, NULL, NULL);
        if (fd < 0)
            return 1;
        if (next_request(fd, &head, query, sizeof query) == 0) {
            size_t length = answer_to(query, text, sizeof text);
            send_record(fd, &head, STDOUT, type, strlen(type));
            send_record(fd, &head, STDOUT, text, length);
            send_record(fd, &head, STDOUT, "", 0);
            send_record(fd, &head, END_REQUEST, done, sizeof done);
        }
        close(fd);
    }
}
