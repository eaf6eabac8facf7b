//! Every directive of httpd 2.4 and of common modules whose value is a path that may be used after
//! start-up, or a host name, or a switch that says whether one is; each with who uses it.

use crate::preflight::engine::row::Row;
use crate::preflight::rules::{
    access, auth, cache, database, expression, inside, lua, managed, parent, programs, proxy,
    rewrite, security, served, switches, system, third_party, tls, wsgi,
};

/// All of them.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    let fields: [&'static [Row]; 19] = [
        served::ROWS,
        rewrite::ROWS,
        access::ROWS,
        auth::ROWS,
        database::ROWS,
        cache::ROWS,
        tls::ROWS,
        proxy::ROWS,
        programs::ROWS,
        lua::ROWS,
        managed::ROWS,
        security::ROWS,
        system::ROWS,
        expression::ROWS,
        third_party::ROWS,
        wsgi::ROWS,
        switches::ROWS,
        parent::ROWS,
        inside::ROWS,
    ];
    fields.into_iter().flatten()
}

/// That of the directive `name`.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    rows().find(|(known, _)| known.eq_ignore_ascii_case(name))
}
