//! The page of the server's own protocol, against the code that speaks it.

use std::collections::BTreeMap;

use super::{Finding, files::SourceFile};

/// The page: a heading of the third level for each name, in backquotes.
const PAGE: &str = "server/docs/protocol.md";

/// Where the server's methods, notifications and commands are defined.
const DEFINITIONS: &str = "server/src/lsp/";

/// Clients, and whether their commands are the server's, too. VS Code's other files name commands of the extension.
const CLIENTS: [(&str, bool); 2] = [("editors/vscode/src/protocol.ts", true), ("editors/neovim/lua/", false)];

/// Methods that only a debug build has, for tests.
const PROBES: &str = "tickmark/test";

/// Every name has a heading, every heading a name, and clients use only what has both.
pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut defined = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.starts_with(DEFINITIONS) && !is_test(&file.path)) {
        for (line, name) in names(before_tests(&file.text)) {
            defined.entry(name).or_insert(format!("{}:{line}", file.path));
        }
    }
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Finding::new(PAGE, "is missing; describe the server's own methods and commands there")];
    };
    let headings = headings(&page.text);
    let mut findings = Vec::new();
    for (name, place) in &defined {
        if !headings.contains_key(name) {
            findings.push(Finding::new(place, format!("`{name}` has no heading in {PAGE}; describe it below \"### `{name}`\"")));
        }
    }
    for (name, lines) in &headings {
        for line in lines.iter().skip(usize::from(defined.contains_key(name))) {
            let message = if defined.contains_key(name) { "is described twice" } else { "is nothing that the server knows" };
            findings
                .push(Finding::new(format!("{PAGE}:{line}"), format!("`{name}` {message}; remove it, or name it as {DEFINITIONS} does")));
        }
    }
    for file in files {
        let Some((_, commands)) = CLIENTS.iter().find(|(client, _)| file.path.starts_with(client)) else { continue };
        for (line, name) in names(&file.text) {
            if !headings.contains_key(name) && (*commands || name.contains('/')) {
                findings.push(Finding::new(format!("{}:{line}", file.path), format!("uses `{name}`, which {PAGE} does not describe")));
            }
        }
    }
    findings
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The part of a Rust file before its unit tests.
fn before_tests(text: &str) -> &str {
    text.split(concat!("#[cfg", "(test)]")).next().unwrap_or(text)
}

/// Methods (`tickmark/…`) and commands (`tickmark.…`) in quotes, with their 1-based lines. Comments are left out.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).flat_map(|(at, line)| {
        line.match_indices("tickmark").filter_map(move |(start, _)| {
            let quote = line[..start].chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
            let (quoted, _) = line[start..].split_once(quote)?;
            is_name(quoted).then_some((at + 1, quoted))
        })
    })
}

fn is_name(quoted: &str) -> bool {
    let Some(rest) = quoted.strip_prefix("tickmark") else { return false };
    let name = match rest.split_at_checked(1) {
        Some(("/", name)) => name.replace('/', ""),
        // A file of the project has such a name, too.
        Some((".", name)) if name != "json" => name.to_owned(),
        _ => return false,
    };
    !quoted.starts_with(PROBES) && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Name → the 1-based lines of its headings.
fn headings(page: &str) -> BTreeMap<&str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in page.lines().enumerate() {
        if let Some(name) = line.strip_prefix("### `").and_then(|rest| rest.split('`').next()) {
            found.entry(name).or_default().push(at + 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKEND: (&str, &str) = (
        "server/src/lsp/backend.rs",
        "// \"tickmark/comment\"\n.custom_method(\"tickmark/runs\", runs)\n.custom_method(\"window/workDoneProgress/cancel\", cancel)\n\
         .custom_method(\"tickmark/testPanic\", panic)\n#[cfg(test)]\nmod tests { \"tickmark/unknown\" }\n",
    );
    const EXT: (&str, &str) = (
        "server/src/lsp/ext/views.rs",
        "const METHOD: &'static str = \"tickmark/views/open\";\nSelf::Stop => \"tickmark.stopRun\", // not \"tickmark.json\"\n",
    );
    const COMPLETE: &str = "# Protocol\n\n### `tickmark/runs`\n\n### `tickmark/views/open`\n### `tickmark.stopRun` (command)\n## Other\n";

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<_> = files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        let found: Vec<_> = super::check(&files).iter().map(|finding| format!("{} {}", finding.place, finding.message)).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found} is not {expected}");
        }
    }

    #[test]
    fn every_name_has_a_heading_and_every_heading_a_name() {
        check(&[BACKEND, EXT, (PAGE, COMPLETE)], &[]);
        check(&[BACKEND, EXT], &["server/docs/protocol.md is missing"]);
        check(
            &[BACKEND, EXT, (PAGE, "### `tickmark/runs`\n### tickmark/views/open\n#### `tickmark.stopRun`\n")],
            &[
                "server/src/lsp/ext/views.rs:2 `tickmark.stopRun` has no heading",
                "server/src/lsp/ext/views.rs:1 `tickmark/views/open` has no",
            ],
        );
        let more = format!("{COMPLETE}### `tickmark/gone`\n### `tickmark/runs`\n");
        check(
            &[BACKEND, EXT, (PAGE, &more)],
            &[
                "server/docs/protocol.md:8 `tickmark/gone` is nothing that the server knows",
                "server/docs/protocol.md:9 `tickmark/runs` is described twice",
            ],
        );
    }

    #[test]
    fn tests_of_the_server_define_nothing() {
        check(&[BACKEND, EXT, (PAGE, COMPLETE), ("server/src/lsp/ext/tests.rs", "\"tickmark/other\"")], &[]);
        check(&[BACKEND, EXT, (PAGE, COMPLETE), ("server/src/cli/runs.rs", "\"tickmark/other\"")], &[]);
    }

    #[test]
    fn clients_use_what_is_described() {
        let vscode = "new RequestType(\"tickmark/heat\");\nstop: \"tickmark.stopRun\", clear: \"tickmark.clear\",\n";
        check(
            &[BACKEND, EXT, (PAGE, COMPLETE), ("editors/vscode/src/protocol.ts", vscode)],
            &["editors/vscode/src/protocol.ts:1 uses `tickmark/heat`", "editors/vscode/src/protocol.ts:2 uses `tickmark.clear`"],
        );
        let lua = "require('tickmark.server')\nclient:request('tickmark/callTree')\n";
        check(
            &[BACKEND, EXT, (PAGE, COMPLETE), ("editors/neovim/lua/tickmark/places.lua", lua)],
            &["editors/neovim/lua/tickmark/places.lua:2 uses `tickmark/callTree`"],
        );
        check(&[BACKEND, EXT, (PAGE, COMPLETE), ("editors/vscode/src/commands.ts", vscode)], &[]);
    }
}
