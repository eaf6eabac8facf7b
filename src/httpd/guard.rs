//! The one place where a fault or a panic of ours becomes httpd's answer. After every error
//! the answer is "do not serve".

use crate::httpd::bindings as sys;
use crate::httpd::log::{Level, write};
use crate::messages::{Fault, PanicFault};
use std::any::Any;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(panic = "abort")]
compile_error!(
    "mod_chroot has to be built with panic=unwind: with abort, a panic in httpd's parent would end the server"
);

/// The answer of a hook for "continue".
pub(crate) const GO_ON: c_int = sys::OK;

/// The answer of a hook for "stop": any positive number. Never `DECLINED`, which is -1, and which
/// httpd reads as "go on".
pub(crate) const STOP: c_int = sys::HTTP_INTERNAL_SERVER_ERROR;

/// Runs `rule`, and logs at `level` what it refuses.
pub(crate) fn guard(
    server: *const sys::server_rec,
    level: Level,
    rule: impl FnOnce() -> Result<(), Fault>,
) -> c_int {
    match caught(rule) {
        Ok(()) => GO_ON,
        Err(fault) => {
            write(server, level, &fault.to_string());
            STOP
        }
    }
}

/// Runs `rule`; a panic in it is a fault like any other.
pub(crate) fn caught<T>(rule: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // Values that the rule had borrowed are not used again after a panic: the process ends, or the
    // configuration pass is abandoned.
    catch_unwind(AssertUnwindSafe(rule))
        .unwrap_or_else(|panic| Err(Fault::new("", PanicFault(describe_panic(&*panic)))))
}

fn describe_panic(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".into())
}
