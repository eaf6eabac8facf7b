//! Limits of mounts of provided files.

use crate::platform::MountLimits;

/// Files of the host.
pub(crate) const READ_ONLY: MountLimits =
    MountLimits { writing: true, devices: true, setuid: true, executing: false };

/// Device nodes: the one place where they work.
pub(crate) const DEVICE: MountLimits =
    MountLimits { writing: false, devices: false, setuid: true, executing: true };
