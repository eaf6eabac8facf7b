//! Configuration passes. Each is one reading of the configuration, and has one purpose.

use crate::httpd::main_state::{is_creating_config, query};
use crate::httpd::server::is_defined;
use crate::httpd::{arguments, bindings as sys};

/// Purpose of a configuration pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pass {
    /// `httpd -k stop`, `httpd -k graceful-stop`: a running server is ended. Nothing may serve with this configuration.
    #[default]
    SignalOnly,
    /// `httpd -t`: the configuration is tested.
    ConfigTest(TestOptions),
    /// `httpd -S`, `httpd -M` and the like: a part of the configuration is printed.
    Print,
    /// The first of the two passes of a start: messages go to the terminal, and nothing serves with this configuration.
    FirstRead,
    /// The second of the two passes of a start: the server serves with this configuration.
    Start,
    /// The pass of a restart: the server serves with this configuration.
    Restart,
}

/// Requests of a configtest to this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TestOptions {
    /// `-D DUMP_CHROOT`: the configuration dump is printed.
    pub dump: bool,
    /// `-D CHROOT_AUDIT`: the jail is searched without a time limit, and each finding is printed.
    pub audit: bool,
    /// `-D CHROOT_ADVISE`: of the preflight, only the lines that it advises are printed.
    pub advise: bool,
}

impl Pass {
    /// The pass that httpd is in: the answer is the same from pre_config to post_config.
    pub(crate) fn detect() -> Self {
        match query(sys::AP_SQ_RUN_MODE) {
            _ if arguments::ends_a_server(arguments::words()) => Self::SignalOnly,
            sys::AP_SQ_RM_CONFIG_TEST => Self::ConfigTest(TestOptions {
                dump: is_defined(c"DUMP_CHROOT"),
                audit: is_defined(c"CHROOT_AUDIT"),
                advise: is_defined(c"CHROOT_ADVISE"),
            }),
            sys::AP_SQ_RM_NORMAL if !is_creating_config() => Self::FirstRead,
            // The first configuration that the server serves with is the second that it reads.
            sys::AP_SQ_RM_NORMAL if query(sys::AP_SQ_CONFIG_GEN) > 1 => Self::Restart,
            sys::AP_SQ_RM_NORMAL => Self::Start,
            _ => Self::Print,
        }
    }

    /// Whether the server serves with the configuration of this pass.
    pub(crate) fn serves(self) -> bool {
        matches!(self, Self::Start | Self::Restart)
    }

    /// Whether this httpd serves, now or after the next pass.
    pub(crate) fn leads_to_serving(self) -> bool {
        self.serves() || self == Self::FirstRead
    }

    /// Whether only the advised lines are to be printed.
    pub(crate) fn prints_advice_only(self) -> bool {
        matches!(self, Self::ConfigTest(TestOptions { advise: true, .. }))
    }

    /// Whether the configuration dump is to be printed.
    pub(crate) fn prints_dump(self) -> bool {
        matches!(self, Self::ConfigTest(TestOptions { dump: true, .. }))
    }
}
