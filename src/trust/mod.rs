//! Trust in files of the host: what root may read, run or provide, and who has which rights to a file.

pub(crate) mod rights;
pub(crate) mod trusted;
