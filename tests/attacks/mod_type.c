/* Stands for code of an attacker in a child: types into the terminal that the server was started in. */
#include "httpd.h"
#include "http_config.h"
#include "http_protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int type(request_rec *request)
{
    int own = open("/dev/tty", O_RDWR | O_NOCTTY), found = own >= 0, typed = 0;

    if (strcmp(request->uri, "/type") != 0)
        return DECLINED;
    for (int fd = 0; fd < 1024; fd++)
        if (isatty(fd)) {
            found = 1;
            typed |= ioctl(fd, TIOCSTI, "x") == 0;
        }
    ap_set_content_type(request, "text/plain");
    ap_rprintf(request, "answer=%s\nreason=%s\nuid=%d\n", found ? "out" : "shut",
               typed ? "typed" : found ? "a terminal" : "no terminal", (int)getuid());
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_handler(type, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(type) = { STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks };
