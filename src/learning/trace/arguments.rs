//! Arguments of a call, as strace and its relatives print them: `openat(AT_FDCWD</srv>, "a\nb", O_RDONLY) = 3`.

/// An argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument {
    /// A string, in quotes; `true` if the tool has cut it short.
    Quoted(Vec<u8>, bool),
    /// Anything else.
    Bare(String),
}

impl Argument {
    /// The text, if it is no string.
    pub(super) fn bare(&self) -> &str {
        match self {
            Self::Bare(text) => text,
            Self::Quoted(..) => "",
        }
    }

    /// A whole string of these bytes.
    pub(super) fn quoted(text: &str) -> Self {
        Self::Quoted(text.as_bytes().to_vec(), false)
    }
}

/// Splits `text`, which follows the opening parenthesis, into arguments. Returns them and the rest after the closing
/// parenthesis; `None` if there is none.
pub(super) fn split_arguments(text: &str) -> Option<(Vec<Argument>, &str)> {
    let (mut arguments, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    let (mut quoted, mut named, mut escaped, mut last) = (false, false, false, ' ');
    for (at, letter) in text.char_indices() {
        if quoted {
            quoted = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        match letter {
            '"' => quoted = true,
            // `3</srv/a, b>`: the path of a descriptor.
            '<' if last.is_ascii_alphanumeric() => named = true,
            '>' => named = false,
            _ if named => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                let part = text[begin..at].trim();
                arguments.extend((!part.is_empty()).then(|| read_argument(part)));
                return Some((arguments, &text[at + 1..]));
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                arguments.push(read_argument(text[begin..at].trim()));
                begin = at + 1;
            }
            _ => {}
        }
        last = letter;
    }
    None
}

fn read_argument(part: &str) -> Argument {
    match read_string(part) {
        Some((bytes, rest)) if rest.is_empty() || rest == "..." => {
            Argument::Quoted(bytes, rest == "...")
        }
        _ => Argument::Bare(part.to_owned()),
    }
}

/// Reads the string at the beginning of `text`. Returns it and the rest.
pub(super) fn read_string(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut bytes = Vec::new();
    loop {
        let letter = rest.chars().next()?;
        rest = &rest[letter.len_utf8()..];
        match letter {
            '"' => {
                // dtruss prints the end of a string too.
                let end = bytes.iter().position(|&byte| byte == 0);
                bytes.truncate(end.unwrap_or(bytes.len()));
                return Some((bytes, rest));
            }
            '\\' => {
                let (byte, length) = read_escape(rest)?;
                bytes.push(byte);
                rest = rest.get(length..)?;
            }
            _ => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Reads what follows a backslash: C's escapes, and those of vis(3). Returns the byte, and the length of the escape.
fn read_escape(text: &str) -> Option<(u8, usize)> {
    let bytes = text.as_bytes();
    let octal = bytes.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    if octal > 0 {
        let value = u32::from_str_radix(&text[..octal], 8).ok()?;
        return Some((u8::try_from(value & 0xff).ok()?, octal));
    }
    let control =
        |byte: u8| (byte.to_ascii_uppercase() & 0x1f) | if byte == b'?' { 0x7f } else { 0 };
    Some(match bytes {
        [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            (u8::from_str_radix(text.get(1..3)?, 16).ok()?, 3)
        }
        [b'M', b'-', byte, ..] => (byte | 0x80, 3),
        [b'M', b'^', byte, ..] => (control(*byte) | 0x80, 3),
        [b'^', byte, ..] => (control(*byte), 2),
        [b'n', ..] => (b'\n', 1),
        [b't', ..] => (b'\t', 1),
        [b'r', ..] => (b'\r', 1),
        [b'v', ..] => (0x0b, 1),
        [b'f', ..] => (0x0c, 1),
        [b'b', ..] => (0x08, 1),
        [b'a', ..] => (0x07, 1),
        [b's', ..] => (b' ', 1),
        [byte, ..] if byte.is_ascii() => (*byte, 1),
        _ => return None,
    })
}

/// The number at the beginning of `text`, decimal or hexadecimal.
pub(super) fn read_number(text: &str) -> Option<i64> {
    let text = text.trim_start();
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let end = hexadecimal.find(|letter: char| !letter.is_ascii_hexdigit());
        let digits = &hexadecimal[..end.unwrap_or(hexadecimal.len())];
        return u64::from_str_radix(digits, 16)
            .ok()
            .map(|number| i64::from_ne_bytes(number.to_ne_bytes()));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    let number: i64 = digits[..end].parse().ok()?;
    Some(if digits.len() == text.len() { number } else { -number })
}
