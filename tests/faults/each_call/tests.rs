//! Promises 2, 3 and 12 when any system call goes wrong: refused, unknown, or answered with success and not done.
//!
//! A seccomp filter answers one call, in all processes of a real server, which is started, asked, restarted and
//! stopped. It must refuse to start and say why, or serve jailed and as it says. What came of each call is in
//! tests/faults/each_call/faults.md; `tools/faults write` makes it anew. Which calls there are is seen by strace, not listed by hand.

use crate::each_call::{Part, Scene, bites, holds};

#[test]
#[ignore = "takes long; tools/faults does it"]
fn whichever_call_goes_wrong_the_server_refuses_or_is_what_it_says() {
    holds(Part::Start(Scene::View));
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn whichever_call_goes_wrong_in_children_they_are_what_is_said_or_do_not_serve() {
    holds(Part::Entry);
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn a_measure_that_was_lied_about_is_not_believed_when_the_proof_is_refused() {
    holds(Part::Pairs);
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn whichever_call_goes_wrong_a_server_with_a_link_and_full_hardening_is_what_it_says() {
    holds(Part::Start(Scene::Link));
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn whichever_call_goes_wrong_threads_and_a_cgi_daemon_are_what_is_said() {
    holds(Part::Start(Scene::Worker));
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn whichever_call_goes_wrong_threads_and_a_fastcgi_manager_are_what_is_said() {
    holds(Part::Start(Scene::Event));
}

/// Without these, the tests above would prove nothing.
#[test]
#[ignore = "takes long; tools/faults does it"]
fn a_server_that_is_what_it_says_passes() {
    assert_eq!(bites::of_truth(), Ok(()));
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn a_server_that_is_not_jailed_is_found_out() {
    assert!(bites::of_none().is_err());
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn a_server_without_the_view_that_it_claims_is_found_out() {
    assert!(bites::of_way().is_err());
}

#[test]
#[ignore = "takes long; tools/faults does it"]
fn a_server_without_the_measure_that_it_claims_is_found_out() {
    for claim in [
        "no_new_privs",
        "empty capability bounding set",
        "session keyring of its own",
        "Landlock domain (ABI 7: tracing)",
        "Landlock domain (ABI 7: signals)",
        "Landlock domain (ABI 7: abstract sockets)",
        "Landlock domain (ABI 7: TCP ports to bind)",
        "system call filter",
        "a wall of fire",
    ] {
        assert!(bites::of_claim(claim).is_err(), "believed: {claim}");
    }
}
