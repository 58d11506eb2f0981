//! The npm packages that are in the VS Code extension.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Package, Part, licence_files};

/// Where the build lists the folders of the packages that it bundled, relative to the extension.
const BUNDLED: &str = "build/bundled.json";

/// The part of a package.json that is used here.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
    license: Option<String>,
    repository: Option<Repository>,
    author: Option<Person>,
    #[serde(default)]
    contributors: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Repository {
    Address(String),
    Described { url: String },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Person {
    Line(String),
    Described { name: String },
}

/// The part of a package-lock.json that is used here: folder → package.
#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    version: Option<String>,
    license: Option<String>,
    /// Only for work on the package itself.
    #[serde(default)]
    dev: bool,
}

/// Those that the newest build of this extension bundled.
pub(super) fn bundled(extension: &Path) -> Result<Vec<Package>> {
    let folders: Vec<String> = json(&extension.join(BUNDLED))?;
    if folders.is_empty() {
        bail!(
            "{} lists nothing, and the extension has the language client: look at scripts/bundled.mjs",
            extension.join(BUNDLED).display()
        );
    }
    folders
        .iter()
        .map(|folder| {
            let folder = extension.join(folder);
            let manifest: Manifest = json(&folder.join("package.json"))?;
            Ok(package(manifest, licence_files::read(&folder)?))
        })
        .collect()
}

/// Those that a package's lock file says it runs with, without their texts: what may be bundled.
pub(super) fn locked(folder: &Path) -> Result<Vec<Package>> {
    let lock: Lock = json(&folder.join("package-lock.json"))?;
    Ok(lock
        .packages
        .into_iter()
        .filter(|(path, locked)| !path.is_empty() && !locked.dev)
        .map(|(path, locked)| {
            let name = path.rsplit("node_modules/").next().unwrap_or(&path).to_owned();
            let version = locked.version.unwrap_or_default();
            package(
                Manifest { name, version, license: locked.license, repository: None, author: None, contributors: Vec::new() },
                Vec::new(),
            )
        })
        .collect())
}

fn package(manifest: Manifest, texts: Vec<licence_files::Text>) -> Package {
    let address = |repository| match repository {
        Repository::Address(url) | Repository::Described { url } => url.strip_prefix("git+").map_or(url.clone(), str::to_owned),
    };
    let named = |person| match person {
        Person::Line(name) | Person::Described { name } => name,
    };
    Package {
        name: manifest.name,
        version: manifest.version,
        part: Part::Extension,
        licence: manifest.license,
        repository: manifest.repository.map(address),
        registry: Some("npm".to_owned()),
        authors: manifest.author.into_iter().chain(manifest.contributors).map(named).collect(),
        texts,
    }
}

fn json<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("cannot parse {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_packages_are_described_by_their_manifests() {
        let extension = tempfile::tempdir().expect("temporary folder");
        let write = |name: &str, text: &str| {
            let file = extension.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("writable");
            fs::write(file, text).expect("writable");
        };
        assert!(bundled(extension.path()).is_err(), "nothing is built");
        write(BUNDLED, "[]");
        assert!(bundled(extension.path()).expect_err("nothing").to_string().contains("lists nothing"));
        write(BUNDLED, r#"["node_modules/a", "node_modules/@b/c"]"#);
        write(
            "node_modules/a/package.json",
            r#"{ "name": "a", "version": "1.2.3", "license": "ISC", "repository": { "url": "git+https://example.com/a.git" },
                 "author": { "name": "Ada" }, "contributors": ["Bob <bob@example.com>"] }"#,
        );
        write("node_modules/a/License.txt", "all of it");
        write("node_modules/@b/c/package.json", r#"{ "name": "@b/c", "version": "4.0.0", "repository": "example/c" }"#);
        let packages = bundled(extension.path()).expect("readable");
        let [a, c] = packages.as_slice() else { panic!("{packages:?}") };
        assert_eq!((a.name.as_str(), a.version.as_str(), a.licence.as_deref()), ("a", "1.2.3", Some("ISC")));
        assert_eq!(a.repository.as_deref(), Some("https://example.com/a.git"));
        assert_eq!(a.authors, ["Ada", "Bob <bob@example.com>"]);
        assert_eq!(a.texts.iter().map(|text| text.text.as_str()).collect::<Vec<_>>(), ["all of it"]);
        assert_eq!((c.name.as_str(), c.licence.as_deref(), c.repository.as_deref()), ("@b/c", None, Some("example/c")));
    }

    #[test]
    fn locked_packages_are_those_to_run_with() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::write(
            folder.path().join("package-lock.json"),
            r#"{ "packages": {
                 "": { "version": "0.1.0", "license": "MIT" },
                 "node_modules/a": { "version": "1.0.0", "license": "MIT" },
                 "node_modules/a/node_modules/@b/c": { "version": "2.0.0" },
                 "node_modules/tool": { "version": "3.0.0", "license": "GPL-3.0", "dev": true } } }"#,
        )
        .expect("writable");
        let packages = locked(folder.path()).expect("readable");
        let found: Vec<_> = packages.iter().map(|one| (one.name.as_str(), one.version.as_str(), one.licence.as_deref())).collect();
        assert_eq!(found, [("a", "1.0.0", Some("MIT")), ("@b/c", "2.0.0", None)]);
    }
}
