//! What can be started in a project: the file at hand and what package.json names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

mod command;

/// Something to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file, absolute.
    pub path: PathBuf,
    /// Arguments for the program.
    pub args: Vec<String>,
    /// Flags for Node.
    pub node_args: Vec<String>,
    /// Variables that the command sets.
    pub env: BTreeMap<String, String>,
    /// Directory to start it in: that of the package.json.
    pub cwd: PathBuf,
    /// Where it was found.
    pub why: Origin,
}

/// Where an entry was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The file at hand.
    File,
    /// `scripts.<name>` of package.json.
    Script(String),
    /// `main` of package.json.
    Main,
    /// `bin` of package.json, by name.
    Bin(String),
    /// No package.json names anything, but there is an index file.
    Index,
}

/// Something package.json names that cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it was found.
    pub origin: Origin,
    /// What it says.
    pub text: String,
    /// Why not.
    pub reason: String,
}

/// All entries, the likeliest first, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The file at hand, `scripts.start`, `scripts.dev`, `main`, `bin`; the same one only once.
    pub found: Vec<Entry>,
    /// What cannot be started.
    pub skipped: Vec<Skipped>,
}

/// Why the project could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// No such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// Not a file Node runs.
    #[error("{} is not a JavaScript or TypeScript file", .0.display())]
    NotScript(PathBuf),
    /// package.json cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// package.json is not JSON.
    #[error("{} is not valid JSON: {source}. Correct it, or name the file to run", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The reason, with line and column.
        source: serde_json::Error,
    },
    /// package.json is JSON but no object.
    #[error("{} holds no JSON object. Correct it, or name the file to run", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
    },
}

const EXTENSIONS: [&str; 8] = ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"];

/// Finds the entries of the project at `workspace_dir`; a `file` at hand comes
/// first, and then a package.json that cannot be read is no error.
pub fn entries(workspace_dir: &Path, file: Option<&Path>) -> Result<Entries, EntryError> {
    let mut entries = Entries::default();
    if let Some(file) = file {
        entries.found.push(at_hand(workspace_dir, file)?);
    }
    let package = match read_package(workspace_dir) {
        Ok(package) => package,
        Err(error) if file.is_some() => {
            tracing::warn!(%error, "only the file at hand can be started");
            return Ok(entries);
        }
        Err(error) => return Err(error),
    };
    if let Some(package) = &package {
        from_package(workspace_dir, package, &mut entries);
    }
    if entries.found.is_empty()
        && let Some(path) = resolve_directory(workspace_dir)
    {
        entries.found.push(plain(path, workspace_dir, Origin::Index));
    }
    Ok(entries)
}

fn at_hand(workspace_dir: &Path, file: &Path) -> Result<Entry, EntryError> {
    let path = workspace_dir.join(file);
    if !path.is_file() {
        return Err(EntryError::Missing(path));
    }
    let script = path.extension().and_then(|end| end.to_str()).is_none_or(|end| EXTENSIONS.contains(&end));
    if !script {
        return Err(EntryError::NotScript(path));
    }
    let cwd = path
        .ancestors()
        .skip(1)
        .take_while(|dir| dir.starts_with(workspace_dir))
        .find(|dir| dir.join("package.json").is_file())
        .unwrap_or(workspace_dir)
        .to_owned();
    Ok(plain(path, &cwd, Origin::File))
}

fn from_package(dir: &Path, package: &Map<String, Value>, entries: &mut Entries) {
    let scripts: BTreeMap<&str, &str> = package
        .get("scripts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)))
        .collect();
    for name in ["start", "dev"] {
        let Some(text) = scripts.get(name) else { continue };
        let origin = Origin::Script(name.to_owned());
        let found = command::parse(text, &scripts).and_then(|command| {
            let path = resolve(dir, &command.file)?;
            let command::Command { args, node_args, env, .. } = command;
            Ok(Entry { path, args, node_args, env, cwd: dir.to_owned(), why: origin.clone() })
        });
        entries.add(found, origin, text);
    }
    if let Some(main) = package.get("main").and_then(Value::as_str) {
        let found = resolve(dir, main).map(|path| plain(path, dir, Origin::Main));
        entries.add(found, Origin::Main, main);
    }
    let package_name = package.get("name").and_then(Value::as_str).unwrap_or_default();
    let bins: Vec<(&str, &str)> = match package.get("bin") {
        Some(Value::String(file)) => vec![(package_name, file)],
        Some(Value::Object(all)) => all.iter().filter_map(|(name, file)| Some((name.as_str(), file.as_str()?))).collect(),
        _ => Vec::new(),
    };
    for (name, file) in bins {
        let origin = Origin::Bin(name.to_owned());
        entries.add(resolve(dir, file).map(|path| plain(path, dir, origin.clone())), origin, file);
    }
}

impl Entries {
    fn add(&mut self, found: Result<Entry, String>, origin: Origin, text: &str) {
        match found {
            Ok(entry) => {
                let same = |other: &Entry| {
                    (&other.path, &other.args, &other.node_args, &other.env) == (&entry.path, &entry.args, &entry.node_args, &entry.env)
                };
                if !self.found.iter().any(same) {
                    self.found.push(entry);
                }
            }
            Err(reason) => self.skipped.push(Skipped { origin, text: text.to_owned(), reason }),
        }
    }
}

fn plain(path: PathBuf, cwd: &Path, why: Origin) -> Entry {
    Entry { path, args: Vec::new(), node_args: Vec::new(), env: BTreeMap::new(), cwd: cwd.to_owned(), why }
}

fn read_package(dir: &Path) -> Result<Option<Map<String, Value>>, EntryError> {
    let path = dir.join("package.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(EntryError::Read { path, source }),
    };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(package)) => Ok(Some(package)),
        Ok(_) => Err(EntryError::Shape { path }),
        Err(source) => Err(EntryError::Json { path, source }),
    }
}

/// As `node <name>` finds its file: itself, with an extension, or a directory's main file.
fn resolve(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let path = dir.join(name);
    let path: PathBuf = path.components().collect();
    if path.is_file() {
        return Ok(path);
    }
    for end in EXTENSIONS {
        let mut longer = path.clone().into_os_string();
        longer.push(format!(".{end}"));
        let longer = PathBuf::from(longer);
        if longer.is_file() {
            return Ok(longer);
        }
    }
    if path.is_dir() {
        let main = read_package(&path).ok().flatten();
        let main = main.as_ref().and_then(|package| package.get("main")).and_then(Value::as_str);
        if let Some(main) = main
            && !matches!(main.trim_end_matches('/'), "" | ".")
            && let Ok(found) = resolve(&path, main)
        {
            return Ok(found);
        }
        if let Some(found) = resolve_directory(&path) {
            return Ok(found);
        }
    }
    Err(format!("{} does not exist; does the project need a build first?", path.display()))
}

fn resolve_directory(dir: &Path) -> Option<PathBuf> {
    EXTENSIONS.iter().map(|end| dir.join(format!("index.{end}"))).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    fn check(files: &[(&str, &str)], file: Option<&str>, expected: &[&str]) {
        let dir = project(files);
        let entries = entries(dir.path(), file.map(Path::new)).unwrap();
        let show = |entry: &Entry| {
            let path = entry.path.strip_prefix(dir.path()).unwrap().display();
            format!("{:?} {} {} {}", entry.why, entry.node_args.join(" "), path, entry.args.join(" "))
        };
        let found: Vec<String> = entries.found.iter().map(show).collect();
        assert_eq!(found, expected, "skipped: {:?}", entries.skipped);
    }

    #[test]
    fn from_package_json() {
        check(
            &[
                (
                    "package.json",
                    r#"{"name": "p", "main": "lib", "bin": {"tool": "./bin.js"}, "scripts": {"start": "node --max-old-space-size=64 src/a.js --x 1", "dev": "nodemon src/a.js"}}"#,
                ),
                ("lib/index.js", ""),
                ("bin.js", ""),
                ("src/a.js", ""),
            ],
            Some("src/a.js"),
            &[
                "File  src/a.js ",
                "Script(\"start\") --max-old-space-size=64 src/a.js --x 1",
                "Main  lib/index.js ",
                "Bin(\"tool\")  bin.js ",
            ],
        );
        check(
            &[("package.json", r#"{"main": "./server", "scripts": {"start": "node ."}}"#), ("server.js", "")],
            None,
            &["Script(\"start\")  server.js "],
        );
        check(&[("index.mjs", "")], None, &["Index  index.mjs "]);
        check(&[("package.json", r#"{"main": 7, "bin": [], "scripts": 1}"#)], None, &[]);
    }

    #[test]
    fn what_cannot_be_started_is_told() {
        let dir = project(&[("package.json", r#"{"main": "dist/x.js", "scripts": {"start": "make run"}}"#)]);
        let skipped = entries(dir.path(), None).unwrap().skipped;
        assert_eq!(skipped.len(), 2);
        assert!(skipped[0].reason.contains("make"), "{skipped:?}");
        assert!(skipped[1].reason.contains("does not exist"), "{skipped:?}");
    }

    #[test]
    fn bad_input() {
        let broken = project(&[("package.json", "{\n  \"main\": "), ("a.js", ""), ("b.txt", "")]);
        let error = entries(broken.path(), None).unwrap_err();
        assert!(matches!(error, EntryError::Json { .. }), "{error}");
        assert!(error.to_string().contains("line 2"), "{error}");
        assert_eq!(entries(broken.path(), Some(Path::new("a.js"))).unwrap().found.len(), 1);
        assert!(matches!(entries(broken.path(), Some(Path::new("c.js"))), Err(EntryError::Missing(_))));
        assert!(matches!(entries(broken.path(), Some(Path::new("b.txt"))), Err(EntryError::NotScript(_))));
        let list = project(&[("package.json", "[]")]);
        assert!(matches!(entries(list.path(), None), Err(EntryError::Shape { .. })));
    }
}
