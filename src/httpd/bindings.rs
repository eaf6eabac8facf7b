//! Declarations that bindgen generates from `wrapper.h`, and nothing else. All lint exceptions for it live here.

#![allow(
    clippy::all,
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    clippy::allow_attributes_without_reason,
    clippy::multiple_unsafe_ops_per_block,
    clippy::undocumented_unsafe_blocks,
    clippy::missing_safety_doc,
    clippy::too_many_lines,
    reason = "generated from C headers, named and shaped as C has it"
)]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));

/// `AP_HAVE_DESIGNATED_INITIALIZER` and the module magic must be those of 2.4 or of trunk: asked of
/// the headers twice, by build.rs and by bindgen, so that neither can be wrong alone.
const _: () = assert!(cfg!(httpd_trunk) == (MODULE_MAGIC_NUMBER_MAJOR > 20_120_211));
