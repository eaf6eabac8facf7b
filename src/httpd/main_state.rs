//! State of httpd itself: the configuration that it reads, and whether the MPM runs.

use crate::httpd::bindings as sys;
use std::ffi::c_int;

/// Whether the configuration that is read is the one to serve with, and not the trial before it.
pub(crate) fn is_creating_config() -> bool {
    query(sys::AP_SQ_MAIN_STATE) == sys::AP_SQ_MS_CREATE_CONFIG
}

/// Whether the MPM runs in this process or in its parent.
pub(crate) fn is_mpm_running() -> bool {
    query(sys::AP_SQ_MAIN_STATE) == sys::AP_SQ_MS_RUN_MPM
}

/// Whether httpd opened its logs in an earlier pass, or before the MPM runs.
pub(crate) fn has_opened_logs() -> bool {
    is_creating_config() || is_mpm_running()
}

/// httpd's answer to a question about its state (`ap_state_query`).
pub(crate) fn query(what: c_int) -> c_int {
    // SAFETY: ap_state_query takes and gives numbers.
    unsafe { sys::ap_state_query(what) }
}
