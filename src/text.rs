#![forbid(unsafe_code)]
//! Names that can hold any byte, shown to people and to `grep`. Pure: bytes in, text out.

use std::fmt::Write;

/// `bytes` on one line: what is no UTF-8, and what would control a terminal, as `\x1b`.
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
    for char in text.chars() {
        if char.is_control() {
            push_escaped(&mut one, u32::from(char));
        } else {
            one.push(char);
        }
    }
    one
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
            let html = html(&text);
            assert!(html.is_ascii());
            assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
            let named = html.split('&').skip(1);
            assert!(named.into_iter().all(|rest| rest.starts_with('#')), "{html}");
        }
    }
}
