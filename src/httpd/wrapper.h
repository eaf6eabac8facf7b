/* The only list of C headers, and the only C of the project: macros that bindgen cannot evaluate. */

#include "ap_config.h"
#include "ap_mmn.h"
#include "ap_release.h"
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"
#include "http_protocol.h"
#include "mod_status.h"
#include "mpm_common.h"
#include "ap_listen.h"
#include "ap_mpm.h"
#include "unixd.h"
#include "util_cfgtree.h"
#include "apr_dbm.h"
#include "apr_hooks.h"
#include "apr_optional_hooks.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_thread_proc.h"

/* The directory that httpd serves if no DocumentRoot is written; composed of string literals. */
#define CHROOT_DEFAULT_DOCUMENT_ROOT DOCUMENT_LOCATION

/* What httpd writes if no PidFile and no ErrorLog is written. */
#define CHROOT_DEFAULT_PID_FILE DEFAULT_PIDLOG
#define CHROOT_DEFAULT_ERROR_LOG DEFAULT_ERRORLOG

/* A sum of other macros. */
static const apr_status_t CHROOT_AP_DECLINED = AP_DECLINED;

/* MODULE_MAGIC_COOKIE has a suffix and a cast in some releases. */
static const unsigned long CHROOT_MODULE_MAGIC_COOKIE = MODULE_MAGIC_COOKIE;
