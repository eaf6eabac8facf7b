//! Names that can hold any byte, shown to people and to `grep`. Pure: bytes in, text out.

use std::fmt::Write;
use std::ops::RangeInclusive;

/// `bytes` on one line: bytes that are no UTF-8, and characters that would control a terminal, as
/// `\x1b`; characters that cannot be seen, or that change the order of others, as `\u{202e}`.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&line(chunk.valid()));
        chunk.invalid().iter().for_each(|byte| push_escaped(&mut text, u32::from(*byte)));
    }
    text
}

/// `text` on one line, likewise.
pub(crate) fn line(text: &str) -> String {
    let mut one = String::with_capacity(text.len());
    text.chars().for_each(|char| push(&mut one, char));
    one
}

/// `char` as it is, if it can be seen and changes nothing around it.
pub(crate) fn push(text: &mut String, char: char) {
    if is_visible(char) {
        text.push(char);
    } else if char.is_control() {
        push_escaped(text, u32::from(char));
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

/// The standard library knows which characters are printable: no controls, formats (bidirectional
/// overrides, zero-width joiners), separators, private or unassigned ones. It escapes quotes too, and
/// combining marks that have nothing to combine with.
fn is_visible(char: char) -> bool {
    if char.is_ascii() {
        return !char.is_ascii_control();
    }
    let combined: String = ['x', char].into_iter().collect();
    combined.escape_debug().nth(1) == Some(char) && !BLANK.iter().any(|range| range.contains(&char))
}

fn push_escaped(text: &mut String, number: u32) {
    // Writing into a String cannot fail.
    let _ = write!(text, "\\x{number:02x}");
}

/// `text` for a page of HTML, in an element or in an attribute, whatever character set the page is
/// sent with.
pub(crate) fn html(text: &str) -> String {
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
    fn what_is_readable_is_told_as_it_is() {
        assert_eq!(of("/srv/wüste ☃ <b>".as_bytes()), "/srv/wüste ☃ <b>");
    }

    #[test]
    fn what_is_not_is_told_by_numbers() {
        assert_eq!(of(b"/a\nChrootUser: 0\x1b[2J\xff\x7f\xc2\x85"), {
            "/a\\x0aChrootUser: 0\\x1b[2J\\xff\\x7f\\x85"
        });
    }

    /// With a right-to-left override the end of a name is read first.
    #[test]
    fn what_cannot_be_seen_is_told_by_numbers() {
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
            assert_eq!(of(name.as_bytes()), shown);
        }
    }

    /// Accents that are characters of their own (macOS writes names so), other scripts, pictures.
    #[test]
    fn what_people_write_is_told_as_it_is() {
        let name =
            "wu\u{308}ste \u{5e9}\u{5dc} \u{645}\u{631} \u{65e5}\u{672c} \u{1f600} it's \"\\";
        assert_eq!(line(name), name);
    }

    #[test]
    fn no_character_means_anything_to_a_browser() {
        assert_eq!(html("<a href=\"x\" b='y'>&é`"), {
            "&#60;a href=&#34;x&#34; b=&#39;y&#39;&#62;&#38;&#233;&#96;"
        });
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_line_and_no_markup(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = of(&bytes);
            assert!(!text.contains(|char: char| char.is_control()), "{text:?}");
            let order = |char: char| matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!text.contains(order), "{text:?}");
            let html = html(&text);
            assert!(html.is_ascii());
            assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            let named = html.split('&').skip(1);
            assert!(named.into_iter().all(|rest| rest.starts_with('#')), "{html}");
        }
    }
}
