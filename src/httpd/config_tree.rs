//! httpd's configuration tree, between reading and processing. It holds what will be active:
//! `<IfModule>` and its like are resolved, includes are read, and every node knows its place.

use crate::config::other_directives::OtherDirective;
use crate::config::{Directive, ParsedDirective};
use crate::daemons::wsgi::DaemonGroup;
use crate::httpd::bindings as sys;
use crate::httpd::pool::Pool;
use crate::messages::Place;
use crate::path::JailPath;
use std::collections::BTreeMap;
use std::ffi::{CStr, OsString, c_char};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::ptr::NonNull;

/// A directive or section.
#[derive(Debug, Clone, Copy)]
struct DirectiveNode(NonNull<sys::ap_directive_t>);

impl DirectiveNode {
    fn first() -> Option<Self> {
        // SAFETY: httpd sets the variable before pre_config, and hooks run in one thread.
        NonNull::new(unsafe { sys::ap_conftree }).map(Self)
    }

    fn fields<'a>(self) -> &'a sys::ap_directive_t {
        // SAFETY: a node that is in the tree lives as long as the configuration pool; nobody
        // changes the tree while pre_config runs, but for `put` and `remove` below, between
        // which and the use of a reference there is never a call.
        unsafe { self.0.as_ref() }
    }

    fn next(self) -> Option<Self> {
        NonNull::new(self.fields().next).map(Self)
    }

    fn children(self) -> Option<Self> {
        NonNull::new(self.fields().first_child).map(Self)
    }

    fn is(self, directive: &str) -> bool {
        bytes(self.fields().directive).eq_ignore_ascii_case(directive.as_bytes())
    }

    /// Its name in lower case.
    fn lower_name(self) -> Vec<u8> {
        bytes(self.fields().directive).to_ascii_lowercase()
    }

    fn place(self) -> Place {
        let fields = self.fields();
        Place {
            file: String::from_utf8_lossy(bytes(fields.filename)).into_owned(),
            line: u32::try_from(fields.line_num).unwrap_or(0),
        }
    }

    /// As it is written: `<VirtualHost *:80>`.
    fn heading(self) -> String {
        let text = |text| String::from_utf8_lossy(bytes(text)).into_owned();
        format!("{} {}", text(self.fields().directive), text(self.fields().args))
    }

    /// Its words, with quotes and variables resolved as httpd would for a directive of its own.
    fn words(self, pool: Pool) -> Vec<OsString> {
        let mut rest = self.fields().args;
        let mut words = Vec::new();
        while !bytes(rest).is_empty() {
            words.push(OsString::from_vec(word(&mut rest, pool)));
        }
        words
    }
}

/// The node of a directive of mod_wsgi's, with its name and options as mod_wsgi reads them.
#[derive(Debug)]
pub(crate) struct FoundDaemons(DirectiveNode, pub DaemonGroup);

/// Every `WSGIDaemonProcess`.
pub(crate) fn wsgi_daemons(pool: Pool) -> Vec<FoundDaemons> {
    let mut found = Vec::new();
    collect_daemons(DirectiveNode::first(), pool, &mut found);
    found
}

fn collect_daemons(first: Option<DirectiveNode>, pool: Pool, found: &mut Vec<FoundDaemons>) {
    for node in std::iter::successors(first, |node| node.next()) {
        if node.is(crate::daemons::wsgi::DIRECTIVE) {
            let mut rest = node.fields().args;
            let name = String::from_utf8_lossy(&word(&mut rest, pool)).into_owned();
            let options = options(rest, pool);
            found.push(FoundDaemons(node, DaemonGroup { name, options, place: node.place() }));
        }
        collect_daemons(node.children(), pool, found);
    }
}

/// `name=value`, as long as that is what comes; only the value can be in quotes.
fn options(mut rest: *const c_char, pool: Pool) -> Vec<(String, OsString)> {
    let mut options = Vec::new();
    loop {
        let text = bytes(rest);
        let begin = text.iter().position(|byte| !byte.is_ascii_whitespace());
        let Some(begin) = begin else { return options };
        let length =
            text[begin..].iter().position(|&byte| byte == b'=' || byte.is_ascii_whitespace());
        let Some(end) = length.map(|length| begin + length).filter(|&end| text[end] == b'=') else {
            return options;
        };
        let name = String::from_utf8_lossy(&text[begin..end]).into_owned();
        rest = rest.wrapping_add(end + 1);
        options.push((name, OsString::from_vec(word(&mut rest, pool))));
    }
}

/// The next word, with quotes and variables resolved; `rest` is behind it then.
fn word(rest: &mut *const c_char, pool: Pool) -> Vec<u8> {
    // SAFETY: `rest` points into the node's arguments, which end in NUL; httpd moves it behind the word
    // that it copies into `pool`, the pool that pre_config was called with.
    bytes(unsafe { sys::ap_getword_conf(pool.as_ptr(), rest) }).to_vec()
}

impl FoundDaemons {
    /// Takes an option out of the tree, so that mod_wsgi does not see it.
    pub(crate) fn leave_out(&mut self, option: &str, pool: Pool) {
        let Self(node, daemons) = self;
        daemons.options.retain(|(name, _)| name != option);
        let mut args = quoted(daemons.name.as_bytes());
        for (name, value) in &daemons.options {
            args.extend([b" ", name.as_bytes(), b"="].concat());
            args.extend(quoted(value.as_bytes()));
        }
        put(*node, &args, pool);
    }
}

/// The bytes of a string of httpd's; none for null.
fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    // SAFETY: every string of the tree ends in NUL and lives in the configuration pool.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// The node of a directive of ours.
#[derive(Debug)]
pub(crate) struct TreeNode(DirectiveNode);

impl TreeNode {
    /// Which node: a number to compare, not to follow.
    pub(crate) fn address(&self) -> usize {
        self.0.0.as_ptr() as usize
    }
}

/// Every directive of ours in the tree, in order, wherever it stands.
pub(crate) fn directives(pool: Pool) -> Vec<(TreeNode, ParsedDirective)> {
    let mut found = Vec::new();
    collect(DirectiveNode::first(), None, pool, &mut found);
    found
}

fn collect(
    first: Option<DirectiveNode>,
    section: Option<&str>,
    pool: Pool,
    found: &mut Vec<(TreeNode, ParsedDirective)>,
) {
    for node in std::iter::successors(first, |node| node.next()) {
        if let Some(directive) = Directive::ALL.into_iter().find(|ours| node.is(ours.name())) {
            let words = node.words(pool);
            let section = section.map(String::from);
            let written = ParsedDirective { directive, words, section, place: node.place() };
            found.push((TreeNode(node), written));
        }
        if let Some(children) = node.children() {
            collect(Some(children), Some(&node.heading()), pool, found);
        }
    }
}

/// Every directive of other modules with one of `names`, wherever it stands.
pub(crate) fn foreign(names: &[&str], pool: Pool) -> Vec<OtherDirective> {
    let names = names.iter().map(|name| (name.to_ascii_lowercase().into_bytes(), *name)).collect();
    let mut search = ForeignSearch { names, pool, sections: Vec::new(), found: Vec::new() };
    search.collect(DirectiveNode::first());
    search.found
}

/// A walk through the tree: one look at each node, however many names there are.
struct ForeignSearch<'a> {
    /// The names as they are spelled, by their lower case.
    names: BTreeMap<Vec<u8>, &'a str>,
    pool: Pool,
    /// Headings of the sections around the node.
    sections: Vec<String>,
    found: Vec<OtherDirective>,
}

impl ForeignSearch<'_> {
    fn collect(&mut self, first: Option<DirectiveNode>) {
        for node in std::iter::successors(first, |node| node.next()) {
            if let Some(name) = self.names.get(&node.lower_name()) {
                self.found.push(OtherDirective {
                    name: (*name).to_string(),
                    words: node.words(self.pool),
                    sections: self.sections.clone(),
                    place: node.place(),
                });
            }
            if let Some(children) = node.children() {
                self.sections.push(node.heading());
                self.collect(Some(children));
                self.sections.pop();
            }
        }
    }
}

/// Every file that something in the tree was read from. One that only loads modules leaves no trace.
pub(crate) fn files() -> Vec<OsString> {
    let mut found = Vec::new();
    collect_files(DirectiveNode::first(), &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

fn collect_files(first: Option<DirectiveNode>, found: &mut Vec<OsString>) {
    for node in std::iter::successors(first, |node| node.next()) {
        let file = bytes(node.fields().filename);
        // Whole runs of nodes come from one file.
        if found.last().is_none_or(|last| last.as_bytes() != file) {
            found.push(OsString::from_vec(file.to_vec()));
        }
        collect_files(node.children(), found);
    }
}

/// Directories that are served.
#[derive(Debug)]
pub(crate) struct DocumentRoots {
    /// The main server's, if it is written: the last one counts.
    pub main: Option<OsString>,
    /// Those of all servers.
    pub all: Vec<OsString>,
}

/// Every `DocumentRoot`.
pub(crate) fn document_roots(pool: Pool) -> DocumentRoots {
    let first_word = |words: Vec<OsString>| words.into_iter().next();
    let main = std::iter::successors(DirectiveNode::first(), |node| node.next())
        .filter(|node| node.is("DocumentRoot"))
        .last()
        .and_then(|node| first_word(node.words(pool)));
    let all = foreign(&["DocumentRoot"], pool);
    DocumentRoots { main, all: all.into_iter().filter_map(|root| first_word(root.words)).collect() }
}

/// Writes into the tree what `ChrootDir` means, so that mod_unixd, which has a directive of the
/// same name, sees an absolute path, and sees nothing of `none`.
pub(crate) fn write_back(
    found: &[(TreeNode, ParsedDirective)],
    jail: Option<&JailPath>,
    pool: Pool,
) {
    let dirs = found.iter().filter(|(_, written)| written.directive == Directive::Dir);
    for (TreeNode(node), _) in dirs {
        match jail {
            Some(jail) => put(*node, &quoted(jail.as_path().as_os_str().as_bytes()), pool),
            None => remove(*node),
        }
    }
}

/// Replaces the arguments of a node.
fn put(node: DirectiveNode, args: &[u8], pool: Pool) {
    // SAFETY: the copy is as long as the slice, ends in NUL and lives in the configuration pool.
    let args = unsafe { sys::apr_pstrmemdup(pool.as_ptr(), args.as_ptr().cast(), args.len()) };
    // SAFETY: the node is in the tree, and no reference to its fields is alive.
    unsafe { (*node.0.as_ptr()).args = args };
}

/// One word for `ap_getword_conf`, whatever bytes are in it.
fn quoted(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in word {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted
}

/// Takes a node of the top level out of the tree.
fn remove(node: DirectiveNode) {
    let next = node.fields().next;
    let before = std::iter::successors(DirectiveNode::first(), |node| node.next())
        .find(|before| before.next().is_some_and(|next| next.0 == node.0));
    match before {
        // SAFETY: the node before is in the tree, and no reference to its fields is alive.
        Some(before) => unsafe { (*before.0.as_ptr()).next = next },
        // SAFETY: httpd reads the variable when pre_config is done, in this thread.
        None => unsafe { sys::ap_conftree = next },
    }
}
