//! Format of the survey, `table.txt` beside this file. The build script makes the rows of the preflight of it, and tests
//! compare it with httpd and with the code.
#![allow(dead_code, reason = "each of the programs that include this file uses some of it")]

/// Directives of all modules that are known.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Source files of the modules that are surveyed.
    pub modules: Vec<String>,
    /// Directives that take a path, a socket, a program or the name of a host, and switches of those.
    pub rows: Vec<SurveyRow>,
    /// Source files of modules, each with the name of a directive that takes nothing of the kind.
    pub plain: Vec<(String, String)>,
}

/// A directive that takes a path, a socket, a program or the name of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SurveyRow {
    /// Source file of the module.
    pub module: String,
    /// Name.
    pub directive: String,
    /// Process that opens it.
    pub opener: String,
    /// Consequence if children lack it.
    pub absence: String,
    /// Word of `ChrootProvide` that brings it.
    pub set: String,
    /// Use of the words.
    pub usage: String,
}

/// Words of the columns, without the use.
const OPENERS: [&str; 6] = ["parent", "start", "request", "program", "nobody", "-"];
const ABSENCES: [&str; 5] = ["closed", "opens", "ends", "less", "-"];
const SETS: [&str; 9] = ["config", "sockets", "dns", "path", "program", "users", "tmp", "ca", "-"];

/// Use of a directive whose absence has no consequence: nothing is checked.
const NOTHING: &str = "-";

/// Beginning of the reason for which nothing is checked, although the absence has a consequence.
const REASON: &str = "none:";

/// Reads the survey.
///
/// # Errors
/// Returns an error with the line that is not of the format.
pub(crate) fn parse_survey(text: &str) -> Result<Survey, String> {
    let mut survey = Survey::default();
    let mut module = String::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            survey.modules.extend(name.split_whitespace().map(str::to_owned));
            module = name.to_owned();
        } else if let Some(names) = line.strip_prefix("plain:") {
            let names = names.split_whitespace();
            survey.plain.extend(names.map(|name| (module.clone(), name.to_owned())));
        } else {
            let row =
                parse_row(&module, line).ok_or_else(|| format!("not of the format: {line}"))?;
            survey.rows.push(row);
        }
    }
    Ok(survey)
}

fn parse_row(module: &str, line: &str) -> Option<SurveyRow> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [directive, opener, absence, set, usage @ ..] = &*words else { return None };
    let is_use = match usage {
        [] => false,
        // A consequence that nobody looks for needs a reason.
        [NOTHING] => *absence == NOTHING,
        [REASON, reason @ ..] => *absence != NOTHING && reason.len() > 2,
        _ => true,
    };
    let is_known = OPENERS.contains(opener)
        && ABSENCES.contains(&absence.trim_end_matches('?'))
        && SETS.contains(set)
        && is_use;
    is_known.then(|| SurveyRow {
        module: module.to_owned(),
        directive: (*directive).to_owned(),
        opener: (*opener).to_owned(),
        absence: (*absence).to_owned(),
        set: (*set).to_owned(),
        usage: usage.join(" "),
    })
}

impl SurveyRow {
    /// Whether the preflight reads the directive.
    pub(crate) fn is_read(&self) -> bool {
        self.usage != NOTHING && !self.usage.starts_with(REASON)
    }

    /// Whether its absence has a consequence.
    pub(crate) fn has_consequence(&self) -> bool {
        self.absence != NOTHING
    }

    /// Whether it names a path of `ChrootProvide config`, without a reader.
    pub(crate) fn is_file_of_config(&self) -> bool {
        self.set == "config" && self.is_read() && !self.usage.starts_with("by ")
    }

    /// The row of the preflight, as source code.
    ///
    /// # Errors
    /// Returns an error if the use is not of the format.
    pub(crate) fn format_row(&self) -> Result<String, String> {
        let class = self.format_class();
        let class =
            class.ok_or_else(|| format!("{}: not a use: {}", self.directive, self.usage))?;
        Ok(format!("({:?}, RowClass::{class}),\n", self.directive))
    }

    fn format_class(&self) -> Option<String> {
        let words: Vec<_> = self.usage.split(' ').collect();
        let (used, number, condition) = match *words {
            ["switch"] => return Some("Switch".into()),
            ["by", reader] => return Some(format!("Read({reader})")),
            [used, number] => (used, number, "always"),
            [used, number, "if", condition] => (used, number, condition),
            _ => return None,
        };
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        let path_use = self.name_use(used)?;
        let weight = self.name_weight()?;
        Some(format!("Path({index}, PathUse::{path_use}, collector::{weight}, {condition})"))
    }

    /// Name of the `PathUse`; the set must be one that the preflight names for it.
    fn name_use(&self, used: &str) -> Option<&'static str> {
        match (used, &*self.set) {
            ("file", "config") => Some("Read"),
            ("file", "path") => Some("ReadApart"),
            ("dbm", "config") => Some("ReadDbm"),
            ("folder", "config") => Some("ReadIn"),
            ("folder", "path") => Some("ReadInApart"),
            ("makes", "config") => Some("WriteIn"),
            ("writes", "config") => Some("Write"),
            ("writes-dbm", "config") => Some("WriteDbm"),
            ("socket-beside", "sockets") => Some("SocketBeside"),
            ("socket-in", "sockets") => Some("SocketIn"),
            ("socket", "path") => Some("Socket"),
            ("program", "program") => Some("Program"),
            ("host", "dns") => Some("Host"),
            _ => None,
        }
    }

    fn name_weight(&self) -> Option<&'static str> {
        match &*self.absence {
            "closed" => Some("BREAKS"),
            "closed?" => Some("BREAKS_IF_THERE"),
            "less" => Some("LESS"),
            "less?" => Some("LESS_IF_THERE"),
            "opens" => Some("DECIDES"),
            "opens?" => Some("DECIDES_IF_THERE"),
            "ends?" => Some("ENDS_CHILDREN"),
            _ => None,
        }
    }
}

/// The rows of the preflight, as source code.
///
/// # Errors
/// Returns an error if a line is not of the format.
pub(crate) fn format_rows(text: &str) -> Result<String, String> {
    let survey = parse_survey(text)?;
    let rows = survey.rows.iter().filter(|row| row.is_read());
    let rows = rows.map(SurveyRow::format_row).collect::<Result<String, _>>()?;
    Ok(format!("const ROWS: &[Row] = &[\n{rows}];\n"))
}
