//! Lines of the demo: headings, notes, and proofs with the place that each was seen from.

/// Where a proof was seen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// By a visitor, in an answer of the server.
    Visitor,
    /// By a CGI program that runs in the jail.
    Inside,
    /// By this program, as root of the host.
    Outside,
}

impl From {
    fn name(self) -> &'static str {
        match self {
            From::Visitor => "visitor",
            From::Inside => "inside",
            From::Outside => "outside",
        }
    }
}

/// Prints proofs, and counts those that fail.
#[derive(Debug, Default)]
pub(crate) struct Report {
    failures: usize,
}

impl Report {
    /// Begins a section.
    pub(crate) fn heading(&self, text: &str) {
        println!("\n{text}");
    }

    /// Prints a line that proves nothing.
    pub(crate) fn note(&self, text: &str) {
        println!("  {}", text.trim_end());
    }

    /// Prints a proof: where it was seen from, its subject, what was seen, and whether that is right.
    pub(crate) fn proof(&mut self, from: From, subject: &str, seen: &str, holds: bool) {
        self.count(holds);
        println!("  {:<8} {subject:<48} {seen:<53} {}", from.name(), verdict(holds));
    }

    /// Prints a row of a table whose columns are the caller's.
    pub(crate) fn row(&mut self, columns: &str, holds: bool) {
        self.count(holds);
        println!("  {:<8} {columns} {}", From::Outside.name(), verdict(holds));
    }

    /// The number of proofs that failed.
    pub(crate) fn failures(&self) -> usize {
        self.failures
    }

    fn count(&mut self, holds: bool) {
        self.failures += usize::from(!holds);
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "ok" } else { "FAILED" }
}
