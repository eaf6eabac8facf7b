//! Plain English: words and phrases that readers stumbled over stay out of documents, and out of the comments and
//! strings of `src/`. Files that still have some are listed in `tests/house/unconverted.txt`, which only shrinks.

#[cfg(test)]
mod tests {
    use crate::prose::{Prose, of_markdown, of_rust};
    use crate::sources::{documents, read, root, sources};
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    /// Number of entries of the list. Lower it with each entry that is removed.
    const UNCONVERTED: usize = 0;

    /// Phrases in lower case, with plain words for each. A code span counts as "`".
    const PHRASES: [(&str, &str); 32] = [
        ("whoever", "\"anyone who\", or the role"),
        ("be had", "be available"),
        ("see to it", "make sure, allow"),
        ("see to that", "fix the cause"),
        ("or write off", "or set ... off"),
        ("within reach", "available, visible or readable inside"),
        ("out of reach", "not available inside"),
        ("mend", "fix"),
        ("mends", "fixes"),
        ("mended", "fixed"),
        ("mending", "fixing"),
        ("told", "logged, reported, printed, distinguished"),
        ("heard", "received, read"),
        ("is said", "is logged"),
        ("are said", "are logged"),
        ("said so", "logged, reported"),
        ("unasked", "by default"),
        ("wants", "needs"),
        ("wanted", "required, configured, expected"),
        ("whole picture", "configuration dump"),
        ("way out", "escape"),
        ("ways out", "escapes"),
        ("becomes of", "effect of, result of"),
        ("become of", "effect of, result of"),
        ("come by", "obtained"),
        ("goes on to", "still, continues to"),
        ("go on to", "still, continue to"),
        ("stop to", "stop ...ing"),
        ("no fault", "no error"),
        ("write `", "set, add, use"),
        ("; write", "; set, add or run"),
        ("do:*", "*Fix:*"),
    ];

    /// A sentence, title or table cell that begins with one of these is a clause in place of a noun, unless it asks.
    const HEADLESS: [&str; 5] = ["What", "Who", "Whoever", "Whatever", "Whichever"];

    /// Every document and every source file.
    fn files() -> Vec<PathBuf> {
        let mut found = documents();
        found.extend(sources("src"));
        found.sort();
        found
    }

    /// Lines of `path` to be changed, each with its plain words.
    fn findings(path: &Path) -> Vec<String> {
        let text = read(path);
        let is_rust = path.extension() == Some("rs".as_ref());
        let prose = if is_rust { of_rust(&text) } else { of_markdown(&text) };
        let name = path.strip_prefix(root()).unwrap_or(path).display();
        let mut found: Vec<_> = phrases(&prose).chain(headless(&prose)).collect();
        found.sort();
        found.into_iter().map(|(line, plain)| format!("{name}:{line}: {plain}")).collect()
    }

    fn phrases(prose: &Prose) -> impl Iterator<Item = (usize, String)> {
        let text = prose.text().to_ascii_lowercase();
        PHRASES.iter().flat_map(move |(phrase, plain)| {
            let found = positions(&text, phrase).into_iter();
            found.map(|at| (prose.line(at), format!("\"{phrase}\": {plain}"))).collect::<Vec<_>>()
        })
    }

    fn headless(prose: &Prose) -> impl Iterator<Item = (usize, String)> {
        HEADLESS.iter().flat_map(move |word| {
            let found = positions(prose.text(), word).into_iter();
            let found = found.filter(|&at| !asks(&prose.text()[at..]));
            found
                .map(|at| (prose.line(at), format!("\"{word} ...\": begin with a noun or a verb")))
                .collect::<Vec<_>>()
        })
    }

    /// Whether the sentence at the start of `text` is a question.
    fn asks(text: &str) -> bool {
        let end = text.find(['.', '?', '|', '\n']);
        end.is_some_and(|end| text[end..].starts_with('?'))
    }

    /// Where `phrase` stands in `text` as whole words.
    fn positions(text: &str, phrase: &str) -> Vec<usize> {
        let is_word = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
        };
        let is_whole = |&(at, _): &(usize, &str)| {
            let (before, after) = (&text[..at], &text[at + phrase.len()..]);
            let continues = is_word(phrase.chars().next_back()) && is_word(after.chars().next());
            !is_word(before.chars().next_back()) && !continues
        };
        text.match_indices(phrase).filter(is_whole).map(|(at, _)| at).collect()
    }

    fn unconverted() -> BTreeSet<String> {
        let list = include_str!("unconverted.txt");
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn documents_comments_and_messages_are_in_plain_english() {
        let listed = unconverted();
        let name = |path: &PathBuf| {
            path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
        };
        let found = files().into_iter().map(|path| (name(&path), findings(&path)));
        let (unconverted, others): (Vec<_>, Vec<_>) = found
            .filter(|(_, found)| !found.is_empty())
            .partition(|(name, _)| listed.contains(name));
        let wrong: Vec<_> = others.into_iter().flat_map(|(_, found)| found).collect();
        let unconverted: BTreeSet<_> = unconverted.into_iter().map(|(name, _)| name).collect();
        let converted: Vec<_> = listed.difference(&unconverted).collect();
        assert!(wrong.is_empty(), "in other words, please:\n{}", wrong.join("\n"));
        assert!(
            converted.is_empty(),
            "in plain English, or gone: remove from tests/house/unconverted.txt:\n{converted:#?}"
        );
    }

    #[test]
    fn a_section_about_errors_says_what_is_returned() {
        for path in sources("src") {
            let text = read(&path);
            let mut lines = text.lines().map(str::trim_start);
            while lines.any(|line| line == "/// # Errors") {
                let first = lines.next().unwrap_or_default();
                assert!(first.starts_with("/// Returns "), "{}: {first}", path.display());
            }
        }
    }

    #[test]
    fn the_list_of_files_to_convert_only_shrinks() {
        let listed = unconverted().len();
        assert_eq!(
            listed, UNCONVERTED,
            "add nothing to the list; lower UNCONVERTED when it shrinks"
        );
    }

    /// The test above is worth as much as this one.
    #[test]
    fn bad_words_are_found_and_good_ones_are_not() {
        let bad = [
            "Something is within\nreach of it.",
            "Mend that.",
            "# Who is where",
            "Text.\n\n- What is asked for.",
            "| a | What it does | b |",
            "*Do:* write `off`.",
        ];
        for text in bad {
            let prose = of_markdown(text);
            assert_ne!(phrases(&prose).count() + headless(&prose).count(), 0, "{text}");
        }
        let good = "# What is it?\n\nAmendments.\n\n    within reach of code\n\n`told` and [x](whoever.md). Use `what`.";
        let prose = of_markdown(good);
        let found: Vec<_> = phrases(&prose).chain(headless(&prose)).collect();
        assert_eq!(found, [], "{good}");
    }

    #[test]
    fn of_source_files_comments_and_strings_are_read() {
        let bad = [
            "/// What is asked\n/// for.\nfn f() {}",
            "fn f() { g(\"it cannot be \\\n  had\") }",
            "fn f() { g('\"'); } // nobody is told",
        ];
        for text in bad {
            let prose = of_rust(text);
            assert_ne!(phrases(&prose).count() + headless(&prose).count(), 0, "{text}");
        }
        let good = "/// Reads [`What`] and `told`.\nfn told<'a>(wanted: &'a What) { g('\\'', b'\"', \"fine\") }";
        let prose = of_rust(good);
        let found: Vec<_> = phrases(&prose).chain(headless(&prose)).collect();
        assert_eq!(found, [], "{good}");
    }
}
