//! Limits of mounts of provided files.

use crate::platform::MountLimits;

/// Limits for files of the host.
pub(crate) const READ_ONLY: MountLimits =
    MountLimits { writing: true, devices: true, setuid: true, executing: false };

/// Limits for device nodes, the only mounts on which devices work.
pub(crate) const DEVICE: MountLimits =
    MountLimits { writing: false, devices: false, setuid: true, executing: true };
