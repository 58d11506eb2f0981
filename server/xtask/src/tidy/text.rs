//! Rules about the text and the names of files. The words they look for are put together from pieces, so
//! that this file does not break them.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{Finding, files::SourceFile};

/// Lines from which a source file is mentioned, and from which it is too long.
const LONG: usize = 400;
const TOO_LONG: usize = 600;

/// LSP libraries named in a crate that may not know them.
pub(crate) fn lsp(file: &SourceFile) -> Vec<Finding> {
    let names = [concat!("tower", "_lsp"), concat!("lsp", "_types"), concat!("ls", "_types")];
    if !file.path.starts_with("server/crates/") || extension(&file.path) != "rs" {
        return Vec::new();
    }
    lines_with(
        file,
        |line| names.iter().find(|name| has_word(line, name)).copied(),
        |name| format!("names `{name}`; LSP types belong to the binary: return plain data and convert it there"),
    )
}

/// A notice for a long file, an error for one that is too long.
pub(crate) fn length(file: &SourceFile) -> Option<Finding> {
    if !matches!(extension(&file.path), "rs" | "ts" | "lua") || is_generated(&file.path) {
        return None;
    }
    let lines = file.text.lines().count();
    let message = format!("has {lines} lines; split it by meaning");
    (lines > LONG).then(|| Finding { notice: lines <= TOO_LONG, ..Finding::new(&file.path, message) })
}

/// A file or folder of code whose name says nothing.
pub(crate) fn name(path: &str) -> Option<Finding> {
    const EMPTY: [&str; 9] = ["common", "helper", "helpers", "lib_common", "misc", "shared", "stuff", "util", "utils"];
    if !matches!(extension(path), "rs" | "ts" | "js" | "mjs" | "cjs" | "lua") || is_generated(path) {
        return None;
    }
    let word =
        path.split('/').map(|part| part.split('.').next().unwrap_or(part)).find(|part| EMPTY.contains(&part.to_lowercase().as_str()))?;
    Some(Finding::new(path, format!("`{word}` does not say what is in it; name it for its contents")))
}

/// Code that is left to be written, and tests that are not run.
pub(crate) fn unfinished(file: &SourceFile) -> Vec<Finding> {
    let rust = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore]"), concat!("#[", "ignore =")];
    let script = [concat!(".sk", "ip("), concat!(".on", "ly("), concat!("x", "it("), concat!("x", "describe(")];
    let words: &[&str] = match extension(&file.path) {
        "rs" => &rust,
        "ts" | "js" | "mjs" | "cjs" if !is_generated(&file.path) => &script,
        "lua" => &[concat!("pend", "ing(")],
        _ => return Vec::new(),
    };
    lines_with(
        file,
        |line| words.iter().find(|word| starts_word(line, word)).copied(),
        |word| format!("has `{word}`; finish it, or remove it"),
    )
}

/// Paths of this machine that no file should mention: the checkout and the home folder, if they are more
/// than a name that a test could have made up.
pub(crate) fn machine_paths(root: &Path) -> Vec<String> {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).map(PathBuf::from);
    let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    [Some(root), home].into_iter().flatten().filter(|path| path.components().count() > 2).map(|path| path.display().to_string()).collect()
}

/// Paths of this machine (from [`machine_paths`]) and addresses of package registries.
pub(crate) fn machine(file: &SourceFile, paths: &[String]) -> Vec<Finding> {
    let base = file.path.rsplit('/').next().unwrap_or(&file.path);
    let lock = matches!(base, "package-lock.json" | "npm-shrinkwrap.json");
    let npmrc = base == ".npmrc";
    let is_setting = |line: &str| npmrc && line.split('=').next().is_some_and(|key| key.trim().ends_with("registry"));
    let resolved = concat!("\"resol", "ved\": \"http");
    lines_with(
        file,
        |line| {
            if let Some(path) = paths.iter().find(|path| has_path(line, path)) {
                Some(format!("has the path {path} of this machine; make it relative"))
            } else if lock && line.contains(resolved) {
                Some(
                    "holds a registry's address; set omit-lockfile-registry-resolved=true in .npmrc and make the \
                     lock file again"
                        .to_owned(),
                )
            } else if is_setting(line) || registry_host(line).is_some() {
                Some("names a package registry; which one is used is the machine's affair: remove it".to_owned())
            } else {
                None
            }
        },
        |message| message,
    )
}

/// The first host in a URL of the line that is a package registry by its name.
fn registry_host(line: &str) -> Option<&str> {
    line.split("://").skip(1).find_map(|rest| {
        let host = rest.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@'))).next()?;
        let host = host.rsplit('@').next()?;
        host.split('.').any(|part| matches!(part, "registry" | "artifactory" | "nexus" | "verdaccio")).then_some(host)
    })
}

/// One finding for every line in which `find` finds something.
fn lines_with<T>(file: &SourceFile, find: impl Fn(&str) -> Option<T>, message: impl Fn(T) -> String) -> Vec<Finding> {
    file.text
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at + 1, find(line)?)))
        .map(|(number, found)| Finding::new(format!("{}:{number}", file.path), message(found)))
        .collect()
}

fn extension(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension)
}

/// Built files that are committed, and type declarations of others.
fn is_generated(path: &str) -> bool {
    path.split('/').any(|part| part == "dist") || path.ends_with(".d.ts")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether the word is in the line and no part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word))
}

/// Whether the word is in the line and not the end of a longer one; one that starts with a sign, anywhere.
fn starts_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !word.starts_with(is_word) || !line[..at].ends_with(is_word))
}

/// Whether the path, or one below it, is in the line.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let whole = |c: char| is_word(c) || matches!(c, '-' | '.');
        !line[..at].ends_with(whole) && !line[at + path.len()..].starts_with(whole)
    })
}

#[cfg(test)]
mod tests;
