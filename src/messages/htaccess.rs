//! Messages about access control files in directories (`.htaccess`), while the server runs.

use crate::messages::{MessageText, Text, escape};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Reasons for which access to a directory is denied.
#[derive(Debug)]
pub(crate) enum HtaccessFault {
    /// The file is a link that leads nowhere inside: its target.
    DeadLink(PathBuf),
}

impl MessageText for HtaccessFault {
    fn id(&self) -> u16 {
        match self {
            Self::DeadLink(_) => 841,
        }
    }

    fn text(&self) -> Text {
        let Self::DeadLink(target) = self;
        let target = escape::escape_bytes(target.as_os_str().as_bytes());
        Text::new(
            format!("the link leads nowhere inside, so access is denied (to \"{target}\")"),
            format!("add `ChrootProvide \"{target}\"`, or replace the link by a copy of the file"),
        )
    }
}
