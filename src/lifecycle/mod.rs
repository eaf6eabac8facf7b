//! Steps of the server's life, in the order in which httpd asks for them: the configuration is read, the jail is
//! prepared (at configtest: rehearsed), and each child enters it. Safe code only.

mod advise;
pub(crate) mod age_tmp;
mod aliases;
pub(crate) mod child;
mod child_record;
pub(crate) mod children;
pub(crate) mod daemons;
mod directory;
mod dump;
pub(crate) mod follow;
mod hints;
pub(crate) mod htaccess;
pub(crate) mod learn;
mod learn_mode;
mod learn_rehearsal;
mod learn_result;
mod learn_survey;
mod learn_trace;
mod learning_run;
mod own_files;
pub(crate) mod patrol;
mod preload;
pub(crate) mod prepare;
mod probe_calls;
mod probe_hardening;
mod probe_paths;
mod python;
pub(crate) mod read_config;
mod rehearse_entry;
mod run_audit;
mod run_preflight;
mod socket_folders;
pub(crate) mod state;
mod user_files;
mod watch;
mod watched_child;
mod wsgi;

use crate::httpd::server::Server;
use crate::report::status;
use crate::report::status::Entered;
use state::State;

/// The jail's part of mod_status' page, as HTML or as lines for programs; empty before the configuration was read.
pub(crate) fn status_block(to_programs: bool) -> String {
    let server = Server::main();
    let Some(state) = server.as_ref().and_then(State::find) else { return String::new() };
    let ready = state.ready.get().filter(|ready| ready.is_taken());
    let entered = ready.map(|ready| Entered {
        mode: ready.mode,
        inside: &ready.inside,
        run_as: &ready.run_as,
        requests: ready.follower.requests(),
    });
    let mut facts = status::facts(&state.settings, entered.as_ref());
    facts.extend(state.learning.get().map(|learning| status::describe_learning(learning.mode)));
    if to_programs { status::as_lines(&facts) } else { status::as_html(&facts) }
}
