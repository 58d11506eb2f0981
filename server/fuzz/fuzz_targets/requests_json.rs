//! Any text as a requests file, and behind a line `---` the CSV of its rows: read or refused, and so is the plan it makes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use load::{Plan, Rows, Target, requests};
use std::path::Path;

fuzz_target!(|text: &str| {
    let (file, csv) = text.split_once("\n---\n").unwrap_or((text, ""));
    let target = Target::parse("http://localhost:3000/").expect("an address");
    let rows = Rows::from_csv(csv).unwrap_or_default();
    assert!(rows.rows.iter().all(|row| row.len() == rows.columns.len()));
    // Bodies are not read from files of this machine.
    if file.contains("bodyFile") || file.contains("\\u") {
        return;
    }
    let Ok(requests) = requests::from_json(file, Path::new("/nowhere"), &target) else { return };
    assert!(!requests.is_empty());
    if let Err(error) = (Plan { requests, rows, ..Plan::get(target) }).check() {
        assert!(!error.problem.is_empty());
    }
});
