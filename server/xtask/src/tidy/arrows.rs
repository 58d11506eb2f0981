//! Which crate may depend on which, and who may use heavy packages.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Finding;
use crate::process::{capture, cargo};

/// The part of `cargo metadata --format-version 1` that is used here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
}

/// A member of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(super) name: String,
    /// An SPDX expression.
    pub(super) license: Option<String>,
    dependencies: Vec<Dependency>,
}

/// A line of a manifest's dependencies.
#[derive(Debug, Deserialize)]
struct Dependency {
    /// The package's own name, also if it is renamed.
    name: String,
    /// None for a normal one, else `dev` or `build`.
    kind: Option<String>,
    /// The folder, of one in this workspace.
    path: Option<String>,
}

/// Asks cargo for the members of the workspace.
pub(crate) fn metadata(root: &Path) -> Result<Metadata> {
    let json = capture(&mut cargo(root, ["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_str(&json).context("cannot read the answer of `cargo metadata`")
}

struct CrateRule {
    name: &'static str,
    /// The crates of this workspace that it may use, in tests too.
    may_use: &'static [&'static str],
    /// For a pure crate all the other packages it may use, apart from its tests.
    pure: Option<&'static [&'static str]>,
}

/// The arrows of the design. A crate that is not here may not exist.
const CRATES: [CrateRule; 11] = [
    CrateRule { name: "stats", may_use: &[], pure: Some(&["serde"]) },
    CrateRule { name: "profile", may_use: &[], pure: Some(&["rustc-hash", "serde"]) },
    CrateRule { name: "views", may_use: &["profile", "stats"], pure: Some(&["regex", "regex-syntax", "rustc-hash", "serde", "thiserror"]) },
    CrateRule { name: "formats", may_use: &["profile"], pure: None },
    CrateRule { name: "source", may_use: &[], pure: None },
    CrateRule { name: "node", may_use: &[], pure: None },
    CrateRule { name: "load", may_use: &["stats"], pure: None },
    CrateRule { name: "runs", may_use: &["node", "load", "formats", "source", "profile", "stats"], pure: None },
    CrateRule { name: "ide", may_use: &["source", "profile", "stats"], pure: Some(&["rustc-hash", "serde", "thiserror"]) },
    CrateRule { name: "tickmark", may_use: &["stats", "profile", "formats", "source", "node", "load", "runs", "ide", "views"], pure: None },
    CrateRule { name: "xtask", may_use: &[], pure: None },
];

/// Packages that one crate isolates from the others: who may use them, apart from tests. A name that ends
/// in `*` stands for all that start so.
const ISOLATED: [(&str, &[&str]); 19] = [
    ("anyhow", &["tickmark", "xtask"]),
    ("clap", &["tickmark", "xtask"]),
    ("dashmap", &["tickmark"]),
    ("hdrhistogram", &["load"]),
    ("http*", &["load"]),
    ("hyper*", &["load"]),
    ("indicatif", &["tickmark"]),
    ("inferno", &["formats"]),
    ("ls-types", &["tickmark"]),
    ("lsp-types", &["tickmark"]),
    ("nix", &["node", "load", "xtask"]),
    ("oxc*", &["source"]),
    ("process-wrap", &["node"]),
    ("prost*", &["formats"]),
    ("ropey", &["source"]),
    ("sysinfo", &["node"]),
    ("tokio*", &["node", "load", "runs", "tickmark"]),
    ("tower*", &["tickmark"]),
    ("tree-sitter*", &["source"]),
];

/// Packages that `ISOLATED` allows to more crates by their prefix than they should have.
const ISOLATED_STRICTER: [(&str, &[&str]); 1] = [("tokio-tungstenite", &["node"])];

/// All breaches of the arrows.
pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in &CRATES {
        if !packages.iter().any(|package| package.name == rule.name) {
            findings.push(Finding::new(rule.name, "is in the table of crates but not in the workspace; remove it from tidy/arrows.rs"));
        }
    }
    for package in packages {
        match CRATES.iter().find(|rule| rule.name == package.name) {
            Some(rule) => {
                findings.extend(package.dependencies.iter().filter_map(|on| check_one(rule, on)));
            }
            None => findings.push(Finding::new(
                &package.name,
                "is a new crate; a crate must isolate a heavy dependency or enforce a \"cannot\": if it does, \
                 add it to the table in tidy/arrows.rs and to server/ARCHITECTURE.md, else make it a module",
            )),
        }
    }
    findings
}

fn check_one(rule: &CrateRule, on: &Dependency) -> Option<Finding> {
    let name = on.name.as_str();
    let list = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    if on.path.is_some() {
        return (!rule.may_use.contains(&name)).then(|| {
            Finding::new(
                rule.name,
                format!(
                    "depends on the crate `{name}` but may use only {}; move the code that needs both to a \
                     crate that may use both, or pass plain data",
                    list(rule.may_use)
                ),
            )
        });
    }
    if on.kind.as_deref() == Some("dev") {
        return None;
    }
    if let Some(allowed) = rule.pure
        && !allowed.contains(&name)
    {
        return Some(Finding::new(
            rule.name,
            format!(
                "is pure and depends on `{name}`; it may use {}: remove it from the manifest, or do the work in \
                 another crate",
                list(allowed)
            ),
        ));
    }
    let owners = isolated(name)?;
    (!owners.contains(&rule.name))
        .then(|| Finding::new(rule.name, format!("depends on `{name}`, which only {} may use; ask for the work there", list(owners))))
}

fn isolated(name: &str) -> Option<&'static [&'static str]> {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    ISOLATED_STRICTER.iter().chain(&ISOLATED).find(|(pattern, _)| matches(pattern)).map(|(_, owners)| *owners)
}

/// Crates that the map of the code does not mention as `` `name` ``. `None` if there is no map.
pub(crate) fn check_architecture(packages: &[Package], map: Option<&str>) -> Vec<Finding> {
    let place = "server/ARCHITECTURE.md";
    let Some(map) = map else {
        return vec![Finding::new(place, "is missing; write the map of the code")];
    };
    packages
        .iter()
        .filter(|package| !map.contains(&format!("`{}`", package.name)))
        .map(|package| Finding::new(place, format!("does not mention `{0}`; say what `{0}` is and may use", package.name)))
        .collect()
}

/// One without dependencies.
#[cfg(test)]
pub(super) fn package(name: &str, license: Option<&str>) -> Package {
    Package { name: name.to_owned(), license: license.map(str::to_owned), dependencies: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole workspace without dependencies, but for `package`'s one line.
    fn workspace(package: &str, dependency: &str) -> Vec<Package> {
        let mut packages: Vec<Package> = CRATES.iter().map(|rule| super::package(rule.name, None)).collect();
        let (kind, name) = match dependency.split_once(' ') {
            Some((kind, name)) => (Some(kind.to_owned()), name),
            None => (None, dependency),
        };
        let path = CRATES.iter().any(|rule| rule.name == name).then(|| format!("crates/{name}"));
        let line = Dependency { name: name.to_owned(), kind, path };
        match packages.iter_mut().find(|known| known.name == package) {
            Some(known) => known.dependencies.push(line),
            None => packages.push(Package { dependencies: vec![line], ..super::package(package, None) }),
        }
        packages
    }

    #[test]
    fn arrows() {
        let allowed = [
            ("formats", "profile"),
            ("ide", "source"),
            ("runs", "load"),
            ("tickmark", "ide"),
            ("tickmark", "tower-lsp-server"),
            ("tickmark", "tokio-util"),
            ("source", "tree-sitter-javascript"),
            ("node", "tokio-tungstenite"),
            ("node", "nix"),
            ("load", "nix"),
            ("load", "http-body-util"),
            ("profile", "rustc-hash"),
            ("stats", "dev proptest"),
            ("ide", "dev ropey"),
            ("runs", "serde_json"),
        ];
        for (package, on) in allowed {
            assert_eq!(check(&workspace(package, on)), [], "{package} → {on}");
        }
        let forbidden = [
            ("profile", "formats", "may use only nothing"),
            ("ide", "runs", "may use only source, profile, stats"),
            ("ide", "dev runs", "may use only source, profile, stats"),
            ("load", "node", "may use only stats"),
            ("runs", "ide", "move the code"),
            ("xtask", "tickmark", "may use only nothing"),
            ("stats", "rand", "is pure"),
            ("profile", "serde_json", "is pure"),
            ("profile", "build cc", "is pure"),
            ("ide", "ls-types", "is pure"),
            ("runs", "ls-types", "only tickmark may use"),
            ("runs", "lsp-types", "only tickmark may use"),
            ("source", "tower-lsp-server", "only tickmark may use"),
            ("source", "tokio", "only node, load, runs, tickmark may use"),
            ("formats", "tokio-util", "only node, load, runs, tickmark may use"),
            ("runs", "tokio-tungstenite", "only node may use"),
            ("runs", "hyper-util", "only load may use"),
            ("formats", "oxc_sourcemap", "only source may use"),
            ("runs", "anyhow", "only tickmark, xtask may use"),
        ];
        for (package, on, message) in forbidden {
            let findings = check(&workspace(package, on));
            assert_eq!(findings.len(), 1, "{package} → {on}: {findings:?}");
            assert_eq!(findings[0].place, package);
            assert!(findings[0].message.contains(message), "{}", findings[0].message);
            assert!(!findings[0].notice);
        }
    }

    #[test]
    fn crates_and_table_are_the_same() {
        let findings = check(&workspace("shared", "serde"));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].place == "shared" && findings[0].message.starts_with("is a new crate"));
        let mut packages = workspace("stats", "dev proptest");
        packages.retain(|package| package.name != "load");
        let findings = check(&packages);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].place == "load" && findings[0].message.contains("not in the workspace"));
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Each crate comes after all that it may use.
        for (at, rule) in CRATES.iter().enumerate() {
            for used in rule.may_use {
                assert!(CRATES[..at].iter().any(|earlier| earlier.name == *used), "{} → {used}", rule.name);
            }
        }
    }

    #[test]
    fn the_map_names_every_crate() {
        let packages = workspace("stats", "dev proptest");
        let map: String = CRATES.iter().map(|rule| format!("- `{}` is\n", rule.name)).collect();
        assert_eq!(check_architecture(&packages, Some(&map)), []);
        let findings = check_architecture(&packages, Some(&map.replace("`load`", "load")));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("does not mention `load`"));
        assert_eq!(check_architecture(&packages, None).len(), 1);
    }

    #[test]
    fn cargo_tells_of_this_workspace() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let metadata = metadata(&root).expect("cargo metadata");
        let ide = metadata.packages.iter().find(|package| package.name == "ide").expect("ide");
        let source = ide.dependencies.iter().find(|on| on.name == "source").expect("ide → source");
        assert!(source.path.is_some() && source.kind.is_none());
        let tickmark = metadata.packages.iter().find(|package| package.name == "tickmark").expect("tickmark");
        assert!(tickmark.dependencies.iter().any(|on| on.name == "tower-lsp-server" && on.path.is_none()));
    }
}
