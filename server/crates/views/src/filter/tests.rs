//! `filter_cases.json`, and properties of any text.

use super::*;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cases {
    root: String,
    base_us: u64,
    base_bytes: u64,
    rows: Vec<Row>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    path: String,
    category: Category,
    tier: Tier,
    self_us: u64,
    total_us: u64,
    samples: u64,
    self_bytes: u64,
    total_bytes: u64,
    before_self_us: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    filter: String,
    #[serde(default)]
    without: Vec<String>,
    rows: Option<Vec<usize>>,
    error: Option<CaseError>,
}

#[derive(Deserialize)]
struct CaseError {
    at: u32,
    length: u32,
    says: String,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("../../filter_cases.json")).unwrap()
}

const ALL: Recorded = Recorded { cpu: true, allocations: true, comparison: true };

fn matching(cases: &Cases, filter: &Filter) -> Vec<usize> {
    let matches = |row: &Row| {
        let figures = Figures {
            self_us: row.self_us,
            total_us: row.total_us,
            samples: row.samples,
            self_bytes: row.self_bytes,
            total_bytes: row.total_bytes,
            before_self_us: row.before_self_us,
            tier: row.tier,
            base_us: cases.base_us,
            base_bytes: cases.base_bytes,
        };
        filter.matches_text(&FunctionText::new(&row.name, &row.path, row.category, &cases.root)) && filter.matches_figures(&figures)
    };
    (0..cases.rows.len()).filter(|row| matches(&cases.rows[*row])).collect()
}

#[test]
fn cases_of_every_implementation() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases.cases {
        let has = |what: &str| !case.without.iter().any(|without| without == what);
        let recorded = Recorded { cpu: has("cpu"), allocations: has("allocations"), comparison: has("comparison") };
        match (Filter::parse(&case.filter, recorded), &case.rows, &case.error) {
            (Ok(filter), Some(rows), None) => {
                let found = matching(&cases, &filter);
                if found != *rows {
                    wrong.push(format!("{}: {found:?} instead of {rows:?}", case.filter));
                }
            }
            (Err(error), None, Some(expected)) => {
                let is_right = (error.at, error.length) == (expected.at, expected.length) && error.message.contains(&expected.says);
                if !is_right {
                    wrong.push(format!("{}: {error:?}, expected {}+{} {}", case.filter, expected.at, expected.length, expected.says));
                }
            }
            (found, ..) => wrong.push(format!("{}: {found:?}", case.filter)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts made of the language's own pieces get further than any text.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "self",
        "totalBytes",
        "change",
        "file",
        "tier",
        "category",
        ":",
        ">",
        "<=",
        "=",
        "2",
        ".5",
        "-",
        "%",
        "ms",
        "kB",
        "KiB",
        "\"",
        "\\",
        "/",
        "(",
        ")",
        "i",
        " ",
        "node",
        "é",
        "📈",
        "{9999999}",
        "[",
        "a*",
        "\u{a0}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check_any(text: &str) {
    match Filter::parse(text, ALL) {
        Ok(filter) => {
            matching(&cases(), &filter);
        }
        Err(error) => {
            let units = text.encode_utf16().count() as u32;
            assert!(error.length > 0 && error.at + error.length <= units, "{text:?}: {error:?}");
            assert!(!error.message.is_empty());
        }
    }
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check_any(&text);
    }

    #[test]
    fn any_pieces(text in pieces()) {
        check_any(&text);
    }

    #[test]
    fn a_quoted_text_is_found_and_its_negation_is_the_rest(text in "\\PC{1,20}") {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let filter = Filter::parse(&quoted, ALL).unwrap();
        let negated = Filter::parse(&format!("-{quoted}"), ALL).unwrap();
        let function = FunctionText::new(&format!("a {text} b"), "", Category::App, "");
        prop_assert!(filter.matches_text(&function));
        prop_assert!(!negated.matches_text(&function));
    }
}
