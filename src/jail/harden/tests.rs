use super::*;
use std::os::fd::AsFd;

fn make_plan(asked: Harden) -> HardeningPlan {
    HardeningPlan { asked, ..HardeningPlan::default() }
}

#[test]
fn off_takes_nothing() {
    assert_eq!(make_plan(Harden::Off).measures().count(), 0);
    let root = platform::open_root().unwrap();
    let tried = make_plan(Harden::Off).tried(SingleThread::assume(), root.as_fd()).unwrap();
    assert!(tried.tried.is_empty());
    tried.apply_outside(root.as_fd()).unwrap();
    tried.apply_inside().unwrap();
}

#[test]
fn suexec_keeps_what_it_needs_and_nothing_else() {
    let plan = HardeningPlan { suexec: true, ..make_plan(Harden::Auto) };
    assert!(!plan.measures().any(|measure| measure == Measure::Privileges));
    assert_eq!(plan.kept_capabilities(), 0xc0);
    assert!(plan.measures().any(|measure| measure == Measure::Bound));
}

#[test]
fn children_can_signal_only_if_they_must_end_programs_of_a_daemon() {
    for (cgid, serves, signals) in
        [(false, false, true), (false, true, true), (true, false, true), (true, true, false)]
    {
        let plan = HardeningPlan { cgid, ..make_plan(Harden::Auto) };
        assert_eq!(plan.request_domain(serves).signals, signals, "{cgid} {serves}");
        assert!(plan.request_domain(serves).sockets);
    }
}

#[test]
fn only_full_rules_files() {
    assert!(!make_plan(Harden::Auto).request_domain(true).files);
    assert!(make_plan(Harden::Full).request_domain(true).files);
}

#[test]
fn an_answer_survives_the_way_out_of_the_trial() {
    let lie = MeasureResult::Lie("-d".into());
    let denied = MeasureResult::Denied("!e".into());
    let absent = MeasureResult::Not("+c".into());
    for answer in [MeasureResult::InForce("-a (b)".into()), absent, denied, lie] {
        assert_eq!(MeasureResult::from_line(&answer.to_line()), answer);
    }
}

/// The trial changes a child process, and nothing of this one.
#[test]
fn a_trial_leaves_no_trace() {
    let before = platform::read_capability_bound().unwrap();
    let root = platform::open_root().unwrap();
    let tried = make_plan(Harden::Auto).tried(SingleThread::assume(), root.as_fd()).unwrap();
    assert_eq!(tried.tried.len(), ALL.len());
    assert_eq!(platform::read_capability_bound().unwrap(), before);
}
