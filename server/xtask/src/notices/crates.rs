//! The crates that are in the program.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Package, Part, licence_files};
use crate::process::{capture, cargo};

/// The part of `cargo metadata --format-version 1` that is used here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Manifest>,
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
    license: Option<String>,
    authors: Vec<String>,
    repository: Option<String>,
    homepage: Option<String>,
    /// The registry; none of a crate of this workspace.
    source: Option<String>,
    manifest_path: PathBuf,
}

/// Those that are linked into the program on any of these platforms, by Rust's names of them, and the macros whose expansions are.
/// What macros and build scripts are made with is not in it.
pub(super) fn linked(root: &Path, triples: &[&str]) -> Result<Vec<Package>> {
    // `cargo metadata` has the features of all uses of a crate together, tests and tools too, and so more crates.
    let mut names = named(&tree(root, triples, "normal,no-proc-macro")?, |_| true);
    names.extend(named(&tree(root, triples, "normal")?, |line| line.contains("(proc-macro)")));

    let mut command = cargo(root, ["metadata", "--locked", "--format-version", "1"]);
    for triple in triples {
        command.args(["--filter-platform", triple]);
    }
    let metadata: Metadata = serde_json::from_str(&capture(&mut command)?).context("cannot read the answer of `cargo metadata`")?;
    let mut packages = Vec::new();
    for manifest in metadata.packages {
        let is_linked = names.remove(&(manifest.name.clone(), manifest.version.clone()));
        let Some(source) = manifest.source.as_deref().filter(|_| is_linked) else { continue };
        let folder = manifest.manifest_path.parent().with_context(|| format!("{} has no folder", manifest.name))?;
        packages.push(Package {
            texts: licence_files::read(folder)?,
            name: manifest.name,
            version: manifest.version,
            part: Part::Program,
            licence: manifest.license,
            repository: manifest.repository.or(manifest.homepage),
            registry: registry(source),
            authors: manifest.authors,
        });
    }
    if let Some((name, version)) = names.first() {
        bail!("`cargo tree` has {name} {version} and `cargo metadata` has not: run `cargo fetch`, and try again");
    }
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

fn tree(root: &Path, triples: &[&str], edges: &str) -> Result<String> {
    let mut command = cargo(root, ["tree", "--locked", "--package", "tickmark", "--prefix", "none", "--format", "{p}", "--edges", edges]);
    for triple in triples {
        command.args(["--target", triple]);
    }
    capture(&mut command)
}

/// Names and versions in lines such as `serde_derive v1.0.228 (proc-macro)`.
fn named(tree: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<(String, String)> {
    tree.lines()
        .filter(|line| wanted(line))
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
        })
        .collect()
}

/// The name of a registry, of the address of its index.
fn registry(source: &str) -> Option<String> {
    let name = source.trim_end_matches('/').rsplit('/').next()?;
    Some(name.strip_suffix("-index").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_tree_are_names_and_versions() {
        let tree = "tickmark v0.1.0 (/a folder)\nserde_derive v1.0.228 (proc-macro)\nring v0.17.14\nring v0.17.14 (*)\n\n";
        let names = |wanted: fn(&str) -> bool| named(tree, wanted).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(|_| true), ["ring", "serde_derive", "tickmark"]);
        assert_eq!(names(|line| line.contains("(proc-macro)")), ["serde_derive"]);
        assert!(named(tree, |_| true).contains(&("ring".to_owned(), "0.17.14".to_owned())));
    }

    #[test]
    fn registries_are_named_for_their_index() {
        let check = |source: &str, expected: &str| assert_eq!(registry(source).as_deref(), Some(expected));
        check("registry+https://example.com/rust/somewhere.io-index", "somewhere.io");
        check("sparse+https://example.com/mine/", "mine");
    }
}
