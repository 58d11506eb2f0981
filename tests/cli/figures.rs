//! Reading of printed profiles.

use crate::project::{Node, Project};
use crate::tickmark::{Ended, Tickmark};
use serde_json::Value;

/// `tickmark profile ARGS --format json` of a project, with this Node.
pub fn profile(project: &Project, node: &Node, args: &[&str]) -> Ended {
    let [options, program] = match args.iter().position(|arg| *arg == "--") {
        Some(at) => [&args[..at], &args[at..]],
        None => [args, &[][..]],
    };
    let node = node.path.to_str().unwrap();
    Tickmark::new(project, ["profile", "--format", "json", "--node", node]).args(options).args(program).run()
}

/// The rows of `functions` or `lines` of a file.
pub fn rows_of<'a>(profile: &'a Value, table: &str, file: &str) -> Vec<&'a Value> {
    rows(profile, table).iter().filter(|row| row["file"] == file).collect()
}

/// The rows of `functions` or `lines`.
pub fn rows<'a>(profile: &'a Value, table: &str) -> &'a [Value] {
    profile[table].as_array().unwrap()
}

/// A number.
#[track_caller]
pub fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

/// Sum of a column over rows.
pub fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>, key: &str) -> f64 {
    rows.into_iter().map(|row| number(row, key)).sum()
}

/// The function of this name in a file.
#[track_caller]
pub fn function<'a>(profile: &'a Value, file: &str, name: &str) -> &'a Value {
    let found = rows_of(profile, "functions", file).into_iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("no function {name} of {file} in {:#?}", &rows(profile, "functions").iter().take(8).collect::<Vec<_>>()))
}

/// Fails unless every line and function is of a file's lines: 1 to `n_lines`.
#[track_caller]
pub fn within(profile: &Value, file: &str, n_lines: usize) {
    for table in ["lines", "functions"] {
        for row in rows_of(profile, table, file) {
            let line = row["line"].as_u64().unwrap();
            assert!((1..=n_lines as u64).contains(&line), "{file} has {n_lines} lines: {row}");
        }
    }
}
