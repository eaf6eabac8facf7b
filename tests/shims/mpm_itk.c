/* A module that has the name of mod_mpm_itk and does nothing. */
#include "httpd.h"
#include "http_config.h"

module AP_MODULE_DECLARE_DATA mpm_itk_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, NULL, 0
};
