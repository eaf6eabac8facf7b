//! Escapes names, which can hold any byte, for people and for `grep`.

use std::fmt::Write;
use std::ops::RangeInclusive;

/// `bytes` on one line: bytes that are no UTF-8, and characters that would control a terminal, as
/// `\x1b`; characters that cannot be seen, or that change the order of others, as `\u{202e}`.
pub(crate) fn escape_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&escape_line(chunk.valid()));
        chunk.invalid().iter().for_each(|byte| push_number(&mut text, u32::from(*byte)));
    }
    text
}

/// `text` on one line, escaped in the same way.
pub(crate) fn escape_line(text: &str) -> String {
    let mut one = String::with_capacity(text.len());
    text.chars().for_each(|char| push_escaped(&mut one, char));
    one
}

/// Adds `char`, escaped unless it can be seen and changes nothing around it.
pub(crate) fn push_escaped(text: &mut String, char: char) {
    if is_visible(char) {
        text.push(char);
    } else if char.is_control() {
        push_number(text, u32::from(char));
    } else {
        // Writing into a String cannot fail.
        let _ = write!(text, "\\u{{{:x}}}", u32::from(char));
    }
}

/// Characters that are drawn as nothing, although the standard counts them as letters or marks.
const BLANK: [RangeInclusive<char>; 9] = [
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{e0100}'..='\u{e01ef}',
];

/// Whether `char` can be seen, and changes nothing around it. The standard library knows which characters are printable: no controls, formats (bidirectional
/// overrides, zero-width joiners), separators, private or unassigned ones. It escapes quotes too, and
/// combining marks that have nothing to combine with.
pub(crate) fn is_visible(char: char) -> bool {
    if char.is_ascii() {
        return !char.is_ascii_control();
    }
    let combined: String = ['x', char].into_iter().collect();
    combined.escape_debug().nth(1) == Some(char) && !BLANK.iter().any(|range| range.contains(&char))
}

fn push_number(text: &mut String, number: u32) {
    // Writing into a String cannot fail.
    let _ = write!(text, "\\x{number:02x}");
}

/// `text` for a page of HTML, in an element or in an attribute, whatever character set the page is
/// sent with.
pub(crate) fn escape_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_alphanumeric() || " !#$%()*+,-./:;=?@[\\]^_{|}~".contains(char) {
            html.push(char);
        } else {
            // Writing into a String cannot fail.
            let _ = write!(html, "&#{};", u32::from(char));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    #[test]
    fn readable_names_are_unchanged() {
        assert_eq!(escape_bytes("/srv/wüste ☃ <b>".as_bytes()), "/srv/wüste ☃ <b>");
    }

    #[test]
    fn unreadable_bytes_are_numbers() {
        assert_eq!(escape_bytes(b"/a\nChrootUser: 0\x1b[2J\xff\x7f\xc2\x85"), {
            "/a\\x0aChrootUser: 0\\x1b[2J\\xff\\x7f\\x85"
        });
    }

    /// With a right-to-left override the end of a name is read first.
    #[test]
    fn invisible_characters_are_numbers() {
        for (name, shown) in [
            ("photo_\u{202e}gpj.cgi", "photo_\\u{202e}gpj.cgi"),
            ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
            ("a\u{200b}b\u{200d}c\u{feff}", "a\\u{200b}b\\u{200d}c\\u{feff}"),
            ("soft\u{ad}hyphen", "soft\\u{ad}hyphen"),
            ("line\u{2028}paragraph\u{2029}", "line\\u{2028}paragraph\\u{2029}"),
            ("no\u{a0}break\u{3000}", "no\\u{a0}break\\u{3000}"),
            ("tag\u{e0041}variant\u{fe0f}", "tag\\u{e0041}variant\\u{fe0f}"),
            ("private\u{e000}unassigned\u{378}", "private\\u{e000}unassigned\\u{378}"),
            ("filler\u{3164}\u{2800}", "filler\\u{3164}\\u{2800}"),
        ] {
            assert_eq!(escape_bytes(name.as_bytes()), shown);
        }
    }

    /// Accents that are characters of their own (macOS writes names so), other scripts, pictures.
    #[test]
    fn accents_scripts_and_pictures_are_unchanged() {
        let name =
            "wu\u{308}ste \u{5e9}\u{5dc} \u{645}\u{631} \u{65e5}\u{672c} \u{1f600} it's \"\\";
        assert_eq!(escape_line(name), name);
    }

    #[test]
    fn no_character_has_a_meaning_to_a_browser() {
        assert_eq!(escape_html("<a href=\"x\" b='y'>&é`"), {
            "&#60;a href=&#34;x&#34; b=&#39;y&#39;&#62;&#38;&#233;&#96;"
        });
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_line_and_no_markup(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = escape_bytes(&bytes);
            assert!(!text.contains(|char: char| char.is_control()), "{text:?}");
            let order = |char: char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!text.contains(order), "{text:?}");
            let html = escape_html(&text);
            assert!(html.is_ascii());
            assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            let named = html.split('&').skip(1);
            assert!(named.into_iter().all(|rest| rest.starts_with('#')), "{html}");
        }
    }
}
