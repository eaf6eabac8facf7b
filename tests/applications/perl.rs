//! mod_perl: what it loads in the parent stays, what it loads in the children has to be within reach.

#[cfg(test)]
mod tests {
    use crate::harness::client::get;
    use crate::harness::{Mpm, Server, Site, on_every_mpm};

    const HANDLER: &str = "package Scene::Page;\nuse strict; use warnings;\n\
        use Apache2::RequestRec (); use Apache2::RequestIO (); use Apache2::Const -compile => 'OK';\n\
        use List::Util 'sum';\n\
        sub handler {\n my $r = shift;\n $r->content_type('text/plain');\n\
        my $late = eval { require Text::ParseWords; require Time::Local; 1 } ? 'late' : 'not there';\n\
        $r->print('sum ', sum(40, 2), ' ', $late, ' ', (stat '/etc/shadow') ? 'outside' : 'inside');\n\
        return Apache2::Const::OK;\n}\n1;\n";

    fn site(mpm: Mpm, way: &str, provided: &str) -> Site {
        let site = Site::new(mpm).document_root("{jail}/htdocs").kept(way, provided);
        let lines = "PerlSwitches -I{jail}/lib\nPerlModule Scene::Page\n\
                     <Location /page>\nSetHandler perl-script\nPerlResponseHandler Scene::Page\n</Location>";
        // mpm_event, whose child ends while a connection of it still lingers.
        let site = site.allow_log("AH03092");
        site.file("lib/Scene/Page.pm", HANDLER).modules(&["perl"]).config(lines)
    }

    fn says(mut server: Server, words: &str) {
        assert_eq!(get("/page").of(&server).is(200, &server).body, words);
        server.graceful();
        assert_eq!(get("/page").of(&server).is(200, &server).body, words);
        server.stop();
    }

    on_every_mpm! {
        fn modules_of_perl_are_found_late_when_perl_is_provided(mpm: Mpm) {
            for way in ["view", "link"] {
                says(site(mpm, way, "program:/usr/bin/perl").start(), "sum 42 late inside");
            }
        }

        /// Loaded at start, it needs nothing.
        fn a_handler_that_was_loaded_at_start_answers_with_nothing_provided(mpm: Mpm) {
            says(site(mpm, "view", "").start(), "sum 42 not there inside");
            let server = site(mpm, "view", "").config("PerlModule Text::ParseWords Time::Local").start();
            says(server, "sum 42 late inside");
        }
    }
}
