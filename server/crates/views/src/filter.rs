//! The filter's language: `self>2% file:routes/ -file:node_modules`. `server/docs/filter.md` documents it, `filter_cases.json` beside
//! this crate's sources holds cases for every implementation.

mod nearest;
mod parse;

use profile::{Category, Tier};
use regex::Regex;

/// What a profile has figures of. A filter on other figures is an error: it would answer nothing and seem to say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Recorded {
    /// CPU time.
    pub cpu: bool,
    /// Allocated bytes.
    pub allocations: bool,
    /// A profile to compare with.
    pub comparison: bool,
}

/// The texts of a function, for the terms that look at texts. Made once per function.
#[derive(Clone, Debug)]
pub struct FunctionText {
    name: Folded,
    /// Relative to the root where it lies below it.
    path: Folded,
    absolute_path: Folded,
    category: Category,
}

/// A text and the same in lower case.
#[derive(Clone, Debug)]
struct Folded {
    text: String,
    lower: String,
}

impl Folded {
    fn of(text: String) -> Self {
        Self { lower: text.to_lowercase(), text }
    }
}

impl FunctionText {
    /// Of a function of this name (empty: anonymous) in the file at `path`, an absolute path or URL. `root` is the project's folder, absolute,
    /// or empty.
    pub fn new(name: &str, path: &str, category: Category, root: &str) -> Self {
        let name = if name.is_empty() { "(anonymous)" } else { name };
        let absolute_path = path.replace('\\', "/");
        let root = root.replace('\\', "/");
        let root = root.trim_end_matches('/');
        let below = absolute_path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).filter(|_| !root.is_empty());
        let path = below.unwrap_or(&absolute_path).to_owned();
        Self { name: Folded::of(name.to_owned()), path: Folded::of(path), absolute_path: Folded::of(absolute_path), category }
    }

    /// The name in lower case.
    pub(crate) fn name_lower(&self) -> &str {
        &self.name.lower
    }
}

/// The figures of a row, for the terms that compare figures.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// CPU time of the row itself.
    pub self_us: u64,
    /// CPU time with all it calls.
    pub total_us: u64,
    /// Samples behind the total.
    pub samples: u64,
    /// Bytes of the row itself.
    pub self_bytes: u64,
    /// Bytes with all it calls.
    pub total_bytes: u64,
    /// CPU time of the row itself before, scaled to the same active time.
    pub before_self_us: u64,
    /// The tier that most of its own time ran in.
    pub tier: Tier,
    /// What shares of time are of.
    pub base_us: u64,
    /// What shares of bytes are of.
    pub base_bytes: u64,
}

/// A filter that was read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    is_negated: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Text(TextTest),
    Figure(FigureTest),
}

#[derive(Clone, Debug)]
enum TextTest {
    Anywhere(Needle),
    File(Needle),
    Name(Needle),
    Category(Category),
    Pattern(Regex),
}

#[derive(Clone, Copy, Debug)]
enum FigureTest {
    Tier(Tier),
    Compare { figure: Figure, operator: Operator, value: f64 },
}

/// What a comparison is of, in the unit that its value is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    SelfUs,
    SelfPercent,
    TotalUs,
    TotalPercent,
    Samples,
    SelfBytes,
    SelfBytesPercent,
    TotalBytes,
    TotalBytesPercent,
    ChangePercent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
}

/// A text that is looked for. Case counts where it has an upper-case letter.
#[derive(Clone, Debug)]
struct Needle {
    text: String,
    /// The text with forward slashes, as paths have them.
    path: String,
    is_exact: bool,
}

impl Needle {
    fn new(text: String) -> Self {
        Self { path: text.replace('\\', "/"), is_exact: text.to_lowercase() != text, text }
    }

    fn is_in(&self, needle: &str, hay: &Folded) -> bool {
        if self.is_exact { hay.text.contains(needle) } else { hay.lower.contains(needle) }
    }

    fn is_in_name(&self, function: &FunctionText) -> bool {
        self.is_in(&self.text, &function.name)
    }

    /// What begins with `/` is looked for in the absolute path.
    fn is_in_path(&self, function: &FunctionText) -> bool {
        let hay = if self.path.starts_with('/') { &function.absolute_path } else { &function.path };
        self.is_in(&self.path, hay)
    }
}

impl Filter {
    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the terms that look at texts hold. A row matches when they and [`Self::matches_figures`] do.
    pub fn matches_text(&self, function: &FunctionText) -> bool {
        self.terms.iter().all(|term| match &term.test {
            Test::Text(test) => test.holds(function) != term.is_negated,
            Test::Figure(_) => true,
        })
    }

    /// Whether the terms that compare figures hold.
    pub fn matches_figures(&self, figures: &Figures) -> bool {
        self.terms.iter().all(|term| match &term.test {
            Test::Figure(test) => test.holds(figures) != term.is_negated,
            Test::Text(_) => true,
        })
    }
}

impl TextTest {
    fn holds(&self, function: &FunctionText) -> bool {
        match self {
            Self::Anywhere(needle) => needle.is_in_name(function) || needle.is_in_path(function),
            Self::File(needle) => needle.is_in_path(function),
            Self::Name(needle) => needle.is_in_name(function),
            Self::Category(category) => function.category == *category,
            Self::Pattern(pattern) => pattern.is_match(&function.name.text) || pattern.is_match(&function.path.text),
        }
    }
}

impl FigureTest {
    fn holds(self, row: &Figures) -> bool {
        match self {
            Self::Tier(tier) => row.tier == tier,
            Self::Compare { figure, operator, value } => operator.holds(figure.of(row), value),
        }
    }
}

impl Figure {
    fn of(self, row: &Figures) -> f64 {
        let percent = |part: f64, whole: u64| if whole == 0 { 0.0 } else { part * 100.0 / whole as f64 };
        match self {
            Self::SelfUs => row.self_us as f64,
            Self::SelfPercent => percent(row.self_us as f64, row.base_us),
            Self::TotalUs => row.total_us as f64,
            Self::TotalPercent => percent(row.total_us as f64, row.base_us),
            Self::Samples => row.samples as f64,
            Self::SelfBytes => row.self_bytes as f64,
            Self::SelfBytesPercent => percent(row.self_bytes as f64, row.base_bytes),
            Self::TotalBytes => row.total_bytes as f64,
            Self::TotalBytesPercent => percent(row.total_bytes as f64, row.base_bytes),
            Self::ChangePercent => percent(row.self_us as f64 - row.before_self_us as f64, row.base_us),
        }
    }
}

impl Operator {
    fn holds(self, figure: f64, value: f64) -> bool {
        match self {
            Self::Greater => figure > value,
            Self::GreaterOrEqual => figure >= value,
            Self::Less => figure < value,
            Self::LessOrEqual => figure <= value,
            Self::Equal => figure == value,
        }
    }
}

#[cfg(test)]
mod tests;
