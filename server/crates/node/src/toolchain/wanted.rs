//! Which version the project asks for.

use std::fs;
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::installed::Installed;
use super::{Env, Toolchain, Why};

/// What a file asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) file: PathBuf,
    pub(super) text: String,
    pub(super) wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    /// Any of these ranges.
    Ranges(Vec<VersionReq>),
    /// Newest long-term-support version (`lts/*`).
    AnyLts,
    /// A long-term-support line by code name.
    Lts(String),
    /// Newest of all (`node`).
    Newest,
    /// `PATH`'s node (`system`).
    Path,
    /// Not understood.
    Unknown,
}

/// Code names of long-term-support lines, from the Node.js release schedule.
const LTS: [(&str, u64); 11] = [
    ("argon", 4),
    ("boron", 6),
    ("carbon", 8),
    ("dubnium", 10),
    ("erbium", 12),
    ("fermium", 14),
    ("gallium", 16),
    ("hydrogen", 18),
    ("iron", 20),
    ("jod", 22),
    ("krypton", 24),
];

/// Looks upwards from `dir`. A pin anywhere above beats an `engines` range, which
/// only says what works. The error is a sentence about an unreadable package.json.
pub(super) fn request(dir: &Path, env: &Env) -> Result<Option<Request>, String> {
    let mut engines = None;
    let mut problem = None;
    for dir in dir.ancestors() {
        for (name, read) in PIN_FILES {
            let file = dir.join(name);
            if let Some(text) = fs::read_to_string(&file).ok().as_deref().and_then(read) {
                let wanted = parse(&text, env);
                return Ok(Some(Request { file, text, wanted }));
            }
        }
        let file = dir.join("package.json");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let package = match serde_json::from_str::<Package>(text.trim_start_matches('\u{feff}')) {
            Ok(package) => package,
            Err(error) => {
                problem.get_or_insert(format!("Cannot read {}: {error}; its Node.js version is not considered.", file.display()));
                continue;
            }
        };
        if let Some(text) = package.volta.and_then(|volta| volta.node) {
            let wanted = parse(&text, env);
            return Ok(Some(Request { file, text, wanted }));
        }
        if engines.is_none()
            && let Some(text) = package.engines.and_then(|engines| engines.node)
        {
            let wanted = parse(&text, env);
            engines = Some(Request { file, text, wanted });
        }
    }
    match (engines, problem) {
        (None, Some(problem)) => Err(problem),
        (engines, _) => Ok(engines),
    }
}

impl Request {
    pub(super) fn why(&self) -> Why {
        Why::Project { file: self.file.clone(), wanted: self.text.clone() }
    }

    pub(super) fn satisfied_by_path(&self, node: &Toolchain) -> bool {
        match &self.wanted {
            Wanted::Path => true,
            Wanted::AnyLts => node.lts.is_some(),
            Wanted::Lts(name) if node.lts.is_some() => node.lts.as_ref() == Some(name),
            // Somebody's own `node` may be newer than every installed one, or not.
            Wanted::Newest => false,
            wanted => wanted.matches(&node.version),
        }
    }

    /// Installed versions that fit, newest first.
    pub(super) fn candidates<'a>(&self, installed: &'a [Installed]) -> Vec<&'a Installed> {
        let mut fit: Vec<_> = installed.iter().filter(|one| self.wanted.matches(&one.version)).collect();
        fit.sort_by(|a, b| b.version.cmp(&a.version));
        fit
    }
}

impl Wanted {
    fn matches(&self, version: &Version) -> bool {
        match self {
            Self::Ranges(ranges) => ranges.iter().any(|range| range.matches(version)),
            Self::AnyLts => LTS.iter().any(|(_, major)| *major == version.major),
            Self::Lts(name) => LTS.iter().any(|(known, major)| known == name && *major == version.major),
            Self::Newest => true,
            Self::Path | Self::Unknown => false,
        }
    }
}

type Reader = fn(&str) -> Option<String>;

const PIN_FILES: [(&str, Reader); 3] = [(".nvmrc", first_line), (".node-version", first_line), (".tool-versions", tool_versions)];

#[derive(Deserialize)]
struct Package {
    #[serde(default, deserialize_with = "lenient")]
    volta: Option<NodeField>,
    #[serde(default, deserialize_with = "lenient")]
    engines: Option<NodeField>,
}

#[derive(Deserialize)]
struct NodeField {
    node: Option<String>,
}

/// A field of an unexpected shape (old packages have `engines: []`) counts as absent.
fn lenient<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<NodeField>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

fn first_line(text: &str) -> Option<String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.split('#').next().unwrap_or(line).trim())
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}

fn tool_versions(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        matches!(words.next()?, "nodejs" | "node").then(|| words.next().map(str::to_owned))?
    })
}

fn parse(text: &str, env: &Env) -> Wanted {
    parse_at_depth(text, env, 0)
}

fn parse_at_depth(text: &str, env: &Env, depth: u8) -> Wanted {
    let text = text.trim();
    match text {
        "lts/*" | "lts" | "--lts" => return Wanted::AnyLts,
        "node" | "current" | "latest" | "stable" => return Wanted::Newest,
        "system" => return Wanted::Path,
        _ => {}
    }
    let bare = text.strip_prefix("lts/").or_else(|| text.strip_prefix("lts-")).unwrap_or(text);
    let name = bare.to_lowercase();
    if LTS.iter().any(|(known, _)| *known == name) {
        return Wanted::Lts(name);
    }
    if let Some(ranges) = parse_ranges(text) {
        return Wanted::Ranges(ranges);
    }
    // nvm keeps its aliases as files which hold a version or another alias.
    let plain = text.split('/').all(|part| !part.is_empty() && part != "..");
    let dir = env.get("NVM_DIR").map(PathBuf::from).or_else(|| Some(env.home()?.join(".nvm")));
    if plain
        && depth < 8
        && let Some(line) = dir.and_then(|dir| fs::read_to_string(dir.join("alias").join(text)).ok()).as_deref().and_then(first_line)
    {
        return parse_at_depth(&line, env, depth + 1);
    }
    Wanted::Unknown
}

/// npm's range syntax, in terms of Cargo's: alternatives by `||`, comparators by spaces,
/// `a - b`, bare versions are exact up to what they say.
fn parse_ranges(text: &str) -> Option<Vec<VersionReq>> {
    text.split("||").map(|one| parse_range(one.trim())).collect()
}

fn parse_range(text: &str) -> Option<VersionReq> {
    if let Some((low, high)) = text.split_once(" - ") {
        return VersionReq::parse(&format!(">={}, <={}", trim_version(low)?, trim_version(high)?)).ok();
    }
    let mut comparators = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let version_at = rest.find(|c: char| !"<>=~^".contains(c))?;
        let (operator, after) = rest.split_at(version_at);
        let after = after.trim_start();
        let end = after.find([' ', '\t', ',']).unwrap_or(after.len());
        let (version, next) = after.split_at(end);
        rest = next;
        if matches!(version, "*" | "x" | "X" | "") {
            continue;
        }
        let operator = match operator {
            "" | "==" => "=",
            "~>" => "~",
            other => other,
        };
        comparators.push(format!("{operator}{}", trim_version(version)?));
    }
    if comparators.is_empty() {
        return Some(VersionReq::STAR);
    }
    VersionReq::parse(&comparators.join(", ")).ok()
}

/// `v20.x` → `20`.
fn trim_version(text: &str) -> Option<&str> {
    let mut text = text.trim();
    text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    while let Some(shorter) = [".x", ".X", ".*"].iter().find_map(|end| text.strip_suffix(end)) {
        text = shorter;
    }
    text.starts_with(|c: char| c.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, fits: &[&str], not: &[&str]) {
        let wanted = parse(text, &Env::default());
        for version in fits {
            assert!(wanted.matches(&Version::parse(version).unwrap()), "{text} should take {version}: {wanted:?}");
        }
        for version in not {
            assert!(!wanted.matches(&Version::parse(version).unwrap()), "{text} should not take {version}: {wanted:?}");
        }
    }

    #[test]
    fn versions_ranges_and_aliases() {
        check("20", &["20.0.0", "20.20.2"], &["18.0.0", "21.0.0"]);
        check("v20.1", &["20.1.7"], &["20.2.0"]);
        check("v20.1.2", &["20.1.2"], &["20.1.3"]);
        check("18.x", &["18.3.0"], &["19.0.0"]);
        check(">=18", &["18.0.0", "26.1.0"], &["16.20.0"]);
        check(">= 18.12 < 21", &["18.12.0", "20.9.0"], &["18.11.0", "21.0.0"]);
        check("^18.18.0 || ^20.9.0 || >=21.1.0", &["18.20.0", "20.9.0", "22.0.0"], &["18.17.0", "20.8.0", "21.0.0"]);
        check("18 - 20", &["18.0.0", "20.20.0"], &["17.0.0", "21.0.0"]);
        check("*", &["1.0.0", "26.0.0"], &[]);
        check("~20.3", &["20.3.9"], &["20.4.0"]);
        check("lts/iron", &["20.9.0"], &["22.0.0"]);
        check("iron", &["20.9.0"], &["22.0.0"]);
        check("lts/*", &["22.1.0"], &["21.1.0"]);
        check("node", &["23.0.0"], &[]);
        check("gibberish", &[], &["20.0.0"]);
        check("../../etc/passwd", &[], &["20.0.0"]);
        check("", &["20.0.0"], &[]);
    }

    #[test]
    fn files() {
        assert_eq!(first_line("\n# why\n v20 # x\n"), Some("v20".into()));
        assert_eq!(first_line(" \n"), None);
        assert_eq!(tool_versions("python 3\nnodejs  20.1.0 18\n"), Some("20.1.0".into()));
        assert_eq!(tool_versions("nodejs-build 1"), None);
    }
}
