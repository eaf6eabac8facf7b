//! Changes of single lines of a text.

/// The text with each of its lines changed.
pub(crate) fn lines(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

/// The line, with `value` after `key` if it begins with that.
pub(crate) fn after(line: &str, key: &str, value: &str) -> Option<String> {
    line.starts_with(key).then(|| format!("{key}{value}"))
}

/// The text, with other lines between the first line that begins with `begin` and the next one that is `end`.
pub(crate) fn between(text: &str, begin: &str, end: &str, inner: &[String]) -> String {
    let mut edited = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside &= line != end;
        if inside {
            continue;
        }
        edited += &format!("{line}\n");
        if line.starts_with(begin) {
            inside = true;
            inner.iter().for_each(|line| edited += &format!("{line}\n"));
        }
    }
    edited
}

/// The line, with the address of the repository in place of another one's, if it names a place for downloads.
pub(crate) fn downloads(line: &str, repository: &str) -> String {
    const END: &str = "/releases/download";
    match (line.find("https://"), line.rfind(END)) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}{repository}{}", &line[..begin], &line[end..])
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_two_others_are_replaced() {
        let text = "a\nCRATES=\"\nold\nolder\n\"\nz\n";
        let inner = ["new".to_owned()];
        assert_eq!(between(text, "CRATES=\"", "\"", &inner), "a\nCRATES=\"\nnew\n\"\nz\n");
    }

    #[test]
    fn what_has_no_such_lines_stays() {
        assert_eq!(between("a\nb\n", "CRATES=\"", "\"", &[]), "a\nb\n");
        assert_eq!(lines("a\nb\n", |line| line.to_owned()), "a\nb\n");
    }

    #[test]
    fn a_place_of_downloads_follows_the_repository() {
        let line = "SRC_URI=\"https://old.example/x/releases/download/v${PV}/a.tar.gz\"";
        let expected = "SRC_URI=\"https://new.example/y/releases/download/v${PV}/a.tar.gz\"";
        assert_eq!(downloads(line, "https://new.example/y"), expected);
        assert_eq!(
            downloads("HOMEPAGE=https://old.example", "https://n"),
            "HOMEPAGE=https://old.example"
        );
    }

    #[test]
    fn only_a_line_with_the_key_gets_the_value() {
        assert_eq!(after("Version:\t1.0", "Version:\t", "2.0"), Some("Version:\t2.0".to_owned()));
        assert_eq!(after("# Version:\t1.0", "Version:\t", "2.0"), None);
    }
}
