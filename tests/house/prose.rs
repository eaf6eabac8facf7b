//! The text of a file that people read, without its code.

/// Text in which runs of white space are one space and a code span is one backtick. Paragraphs, titles, table cells and
/// strings end in a newline.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    text: String,
    lines: Vec<usize>,
    in_code: bool,
}

impl Prose {
    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Number of the line of the file from which the byte at `position` comes.
    pub(crate) fn line(&self, position: usize) -> usize {
        self.lines.get(position).copied().unwrap_or_default()
    }

    fn push(&mut self, letter: char, line: usize) {
        let is_space = letter.is_whitespace();
        if is_space && (self.text.is_empty() || self.text.ends_with([' ', '\n'])) {
            return;
        }
        self.text.push(if is_space { ' ' } else { letter });
        self.lines.resize(self.text.len(), line);
    }

    /// Adds a line of text without its code spans and the targets of its links.
    fn push_line(&mut self, text: &str, line: usize) {
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            if letter == '`' {
                self.in_code = !self.in_code;
            }
            match (letter, self.in_code) {
                ('`', true) => self.push('`', line),
                ('`', false) | (_, true) => {}
                (']', false) if rest.starts_with('(') => {
                    rest = rest.split_once(')').map_or("", |(_, after)| after);
                }
                (_, false) => self.push(letter, line),
            }
        }
        self.push(' ', line);
    }

    fn end_paragraph(&mut self, line: usize) {
        self.in_code = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
            self.lines.resize(self.text.len(), line);
        }
    }
}

/// The prose of a document in Markdown, of a plain text, or of the comments of a configuration file.
pub(crate) fn of_markdown(text: &str) -> Prose {
    let mut prose = Prose::default();
    let (mut is_fenced, mut may_be_code) = (false, true);
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        let is_indented = line.starts_with("    ") || line.starts_with('\t');
        if trimmed.starts_with("```") {
            is_fenced = !is_fenced;
        } else if trimmed.trim_matches('#').trim().is_empty() {
            prose.end_paragraph(number);
            may_be_code = true;
        } else if !is_fenced && (!may_be_code || !is_indented || trimmed.starts_with('#')) {
            if trimmed.starts_with(['#', '-', '*', '|', ':']) {
                prose.end_paragraph(number);
            }
            prose.push_line(trimmed, number);
            if line.starts_with('#') && line.contains("# ") {
                prose.end_paragraph(number);
            }
            may_be_code = false;
        }
    }
    prose.end_paragraph(usize::MAX);
    prose
}

/// The prose of a source file: its comments and its strings.
pub(crate) fn of_rust(text: &str) -> Prose {
    let mut prose = Prose::default();
    let (mut rest, mut line) = (text, 1);
    while let Some(letter) = rest.chars().next() {
        let used = match letter {
            '/' if rest.starts_with("//") => comment(rest, line, &mut prose),
            '"' => string(rest, line, &mut prose),
            '\'' => character(rest),
            _ => letter.len_utf8(),
        };
        line += rest[..used].matches('\n').count();
        rest = &rest[used..];
        let code = rest.lines().next().unwrap_or_default().trim_start();
        if letter == '\n' && !code.starts_with("//") {
            prose.end_paragraph(line);
        }
    }
    prose.end_paragraph(line);
    prose
}

/// Reads a comment up to the end of its line. Answers its length.
fn comment(rest: &str, line: usize, prose: &mut Prose) -> usize {
    let length = rest.find('\n').unwrap_or(rest.len());
    let words = rest[..length].trim_start_matches(['/', '!']);
    if words.trim().is_empty() {
        prose.end_paragraph(line);
    }
    prose.push_line(words, line);
    length
}

/// Reads a string. Answers its length.
fn string(rest: &str, line: usize, prose: &mut Prose) -> usize {
    let (mut line, mut is_escaped) = (line, false);
    prose.end_paragraph(line);
    for (at, letter) in rest.char_indices().skip(1) {
        line += usize::from(letter == '\n');
        match letter {
            '"' if !is_escaped => {
                prose.end_paragraph(line);
                return at + 1;
            }
            '\\' if !is_escaped => is_escaped = true,
            'n' | 't' if is_escaped => {
                prose.push(' ', line);
                is_escaped = false;
            }
            _ => {
                prose.push(letter, line);
                is_escaped = false;
            }
        }
    }
    rest.len()
}

/// Length of a character literal, or of the quote of a lifetime.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => {
            letters.next();
            letters.find(|&(_, letter)| letter == '\'').map_or(1, |(at, _)| at + 1)
        }
        Some(_) => match letters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}
