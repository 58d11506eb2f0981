//! `tickmark explain`

use super::table::{Align, table};
use super::{Format, Outcome, print_json, print_text};
use anyhow::bail;
use ide::explanations::{Explanation, Severity, all, explanation};
use profile::decisions::{deopt_code, known_inlining_code};
use serde_json::{Value, json};

/// Arguments of `tickmark explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A code, such as `deopt/wrong-map`, or V8's own words, such as 'wrong map'. Without it, all codes are listed.
    code: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let pages: Vec<&Explanation> = match &args.code {
        Some(code) => vec![find(code)?],
        None => all().collect(),
    };
    match (args.format, &args.code) {
        (Format::Json, _) => {
            let codes: Vec<Value> = pages.into_iter().map(object).collect();
            print_json(&json!({ "schema": "tickmark/codes@1", "codes": codes }))?;
        }
        (Format::Text, Some(_)) => pages.iter().try_for_each(|page| print_text(&format!("{}\n", page.page.trim_end())))?,
        (Format::Text, None) => {
            let rows: Vec<Vec<String>> = pages.iter().map(|page| vec![page.code.to_owned(), page.title.to_owned()]).collect();
            print_text(&table(&[("code", Align::Left), ("what it is", Align::Left)], &rows))?;
        }
    }
    Ok(Outcome::Success)
}

/// The page of a code or of V8's words.
fn find(text: &str) -> anyhow::Result<&'static Explanation> {
    let text = text.trim();
    let of_words = || [Some(deopt_code(text)), known_inlining_code(text)].iter().flatten().find_map(|code| explanation(code));
    if let Some(page) = explanation(text).or_else(of_words) {
        return Ok(page);
    }
    let similar = similar(text);
    match similar[..] {
        [] => bail!("there is no code {text}: `tickmark explain` lists all codes"),
        _ => bail!("there is no code {text}: do you mean {}? `tickmark explain` lists all codes", similar.join(", ")),
    }
}

/// The codes that have most words of a text in them, best first.
fn similar(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|char: char| !char.is_alphanumeric()).filter(|word| word.len() > 2).collect();
    let n_words = |page: &Explanation| page.code.split(['/', '-']).filter(|word| words.contains(word)).count();
    let mut found: Vec<(usize, &str)> = all().map(|page| (n_words(page), page.code)).filter(|(n, _)| *n > 0).collect();
    found.sort_by_key(|(n, code)| (std::cmp::Reverse(*n), code.len()));
    found.into_iter().take(5).map(|(_, code)| code).collect()
}

fn object(page: &Explanation) -> Value {
    let severity = match page.severity {
        Severity::Benign => "benign",
        Severity::Fact => "fact",
        Severity::DefectIfRepeated => "defectIfRepeated",
        Severity::Defect => "defect",
    };
    json!({
        "code": page.code, "title": page.title, "meaning": page.meaning, "cause": page.cause, "advice": page.advice,
        "severity": severity, "reasons": page.reasons, "page": page.page,
    })
}
