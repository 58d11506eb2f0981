//! Reads the fixed structure of a page.

use thiserror::Error;

/// The parts of a page that a program shows one by one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
    pub(super) cause: &'static str,
    pub(super) advice: &'static str,
    pub(super) reasons: Vec<&'static str>,
}

/// What a page lacks.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum PageError {
    #[error("the page does not begin with a line `# Title`")]
    Title,
    #[error("no paragraph stands between the title and the first section")]
    Meaning,
    #[error("there is no section `## {0}` with text")]
    Section(&'static str),
}

impl Parts {
    pub(super) fn of(page: &'static str) -> Result<Self, PageError> {
        let (first, rest) = page.split_once('\n').ok_or(PageError::Title)?;
        let title = first.strip_prefix("# ").map(str::trim).filter(|title| !title.is_empty()).ok_or(PageError::Title)?;
        let meaning = first_paragraph(rest).ok_or(PageError::Meaning)?;
        let cause = section(rest, "Typical cause").and_then(first_paragraph).ok_or(PageError::Section("Typical cause"))?;
        let advice = section(rest, "What to try").and_then(first_paragraph).ok_or(PageError::Section("What to try"))?;
        section(rest, "Example").ok_or(PageError::Section("Example"))?;
        let in_v8 = section(rest, "In V8").ok_or(PageError::Section("In V8"))?;
        let reasons = in_v8.lines().filter_map(reason).collect();
        Ok(Self { title, meaning, cause, advice: first_sentence(advice), reasons })
    }
}

/// The text below the line `## name`, up to the next such line. Lines in fenced code are no headings.
fn section(page: &'static str, name: &str) -> Option<&'static str> {
    let mut begin = None;
    let mut offset = 0;
    let mut fenced = false;
    for line in page.split_inclusive('\n') {
        let heading = line.strip_prefix("## ").filter(|_| !fenced);
        match (begin, heading) {
            (Some(begin), Some(_)) => return page.get(begin..offset),
            (None, Some(heading)) if heading.trim() == name => begin = Some(offset + line.len()),
            _ => {}
        }
        fenced ^= line.starts_with("```");
        offset += line.len();
    }
    page.get(begin?..)
}

/// Paragraphs are single lines.
fn first_paragraph(text: &'static str) -> Option<&'static str> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    (!line.starts_with('#') && !line.starts_with("```")).then_some(line)
}

/// Up to the first full stop before a space and a capital letter or a backquote.
fn first_sentence(paragraph: &'static str) -> &'static str {
    let ends = paragraph.match_indices(". ").find(|(at, _)| {
        let next = paragraph.get(at + 2..).and_then(|rest| rest.chars().next());
        next.is_some_and(|next| next.is_uppercase() || next == '`')
    });
    ends.and_then(|(at, _)| paragraph.get(..=at)).unwrap_or(paragraph)
}

/// `- Reason: `wrong map``.
fn reason(line: &'static str) -> Option<&'static str> {
    line.strip_prefix("- Reason: `")?.split_once('`').map(|(reason, _)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A title\n\nIt means this, e.g. that. And more.\n\nSecond paragraph.\n\n## Typical cause\n\nSomething.\n\n\
        ## What to try\n\nDo it, e.g. so. Or `other`.\n\n## Example\n\n```js\n## What to try\n```\n\n## In V8\n\n- Reason: `wrong map`\n\
        - Reason: `no map` (18 only)\n- Node: 18\n";

    #[test]
    fn parts_of_a_page() {
        let parts = Parts::of(PAGE).expect("parses");
        assert_eq!(parts.title, "A title");
        assert_eq!(parts.meaning, "It means this, e.g. that. And more.");
        assert_eq!(parts.cause, "Something.");
        assert_eq!(parts.advice, "Do it, e.g. so.");
        assert_eq!(parts.reasons, ["wrong map", "no map"]);
    }

    #[test]
    fn what_a_page_lacks() {
        let check = |page, error| assert_eq!(Parts::of(page), Err(error));
        check("no title\n", PageError::Title);
        check("# Title\n\n## Typical cause\n", PageError::Meaning);
        check("# Title\n\nMeaning.\n", PageError::Section("Typical cause"));
        check("# Title\n\nMeaning.\n\n## Typical cause\n\n## What to try\n", PageError::Section("Typical cause"));
        check("# Title\n\nMeaning.\n\n## Typical cause\n\nC.\n", PageError::Section("What to try"));
        check("# Title\n\nMeaning.\n\n## Typical cause\n\nC.\n\n## What to try\n\nT.\n", PageError::Section("Example"));
    }
}
