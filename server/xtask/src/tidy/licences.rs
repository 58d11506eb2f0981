//! The licence of everything that is shipped: ours everywhere the same, the others' among those that are accepted.

use serde::Deserialize;

use super::{Finding, arrows, files::SourceFile};
use crate::notices::{Package, policy};

/// The part of a package.json that is used here.
#[derive(Deserialize)]
struct Manifest {
    license: Option<String>,
}

/// Packages that may not be shipped, and exceptions for some that are not.
pub(super) fn others(shipped: &[Package]) -> Vec<Finding> {
    let refused = shipped.iter().filter_map(|package| policy::refused(package).map(|message| Finding::new(package.to_string(), message)));
    refused.chain(policy::unneeded(shipped).into_iter().map(|(name, message)| Finding::new(name, message))).collect()
}

/// Manifests of ours that name another licence than the program's, and a text that is not this licence.
pub(super) fn own(packages: &[arrows::Package], files: &[SourceFile]) -> Vec<Finding> {
    let Some(licence) = packages.iter().find(|package| package.name == "tickmark").and_then(|package| package.license.as_deref()) else {
        return vec![Finding::new("Cargo.toml", "names no licence of the program")];
    };
    let wrong = |place: &str, found: Option<&str>| {
        let found = found.map_or("no licence".to_owned(), |found| format!("the licence `{found}`"));
        Finding::new(place, format!("has {found} and the program `{licence}`: make them the same"))
    };
    let mut findings: Vec<Finding> = packages
        .iter()
        .filter(|package| package.license.as_deref() != Some(licence))
        .map(|package| wrong(&package.name, package.license.as_deref()))
        .collect();
    for file in files.iter().filter(|file| is_own_manifest(&file.path)) {
        match serde_json::from_str::<Manifest>(&file.text) {
            Ok(manifest) if manifest.license.as_deref() == Some(licence) => {}
            Ok(manifest) => findings.push(wrong(&file.path, manifest.license.as_deref())),
            Err(error) => findings.push(Finding::new(&file.path, format!("cannot be parsed: {error}"))),
        }
    }
    let title = spdx::license_id(licence).map(|known| known.full_name);
    let text = files.iter().find(|file| file.path == "LICENSE").map(|file| file.text.lines().next().unwrap_or_default().trim());
    if text.is_none() || text != title {
        let title = title.unwrap_or(licence);
        findings.push(Finding::new("LICENSE", format!("does not begin with `{title}`, the licence that the program's manifest names")));
    }
    findings
}

/// Those of example projects are made up.
fn is_own_manifest(path: &str) -> bool {
    let mut folders = path.rsplit('/');
    folders.next() == Some("package.json") && !folders.any(|folder| folder == "test" || folder == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LICENSE: (&str, &str) = ("LICENSE", "MIT License\n\nCopyright (c) 2026\n");

    /// Places and messages of what is found in crates (name, licence) and files.
    fn check(crates: &[(&str, Option<&str>)], files: &[(&str, &str)], expected: &[(&str, &str)]) {
        let crates: Vec<_> = crates.iter().map(|(name, licence)| arrows::package(name, *licence)).collect();
        let files: Vec<_> = files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        let findings = own(&crates, &files);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, (place, message)) in findings.iter().zip(expected) {
            assert!(finding.place == *place && finding.message.contains(message) && !finding.notice, "{finding:?}");
        }
    }

    #[test]
    fn our_licence_is_everywhere_the_same() {
        let crates = [("tickmark", Some("MIT")), ("runs", Some("MIT"))];
        let manifest = ("editors/vscode/package.json", r#"{ "license": "MIT" }"#);
        let example = ("tests/projects/koa/package.json", "{}");
        check(&crates, &[LICENSE, manifest, example, ("editors/vscode/test/editor/package.json", "{}")], &[]);
        check(&[crates[0], ("runs", None)], &[LICENSE], &[("runs", "has no licence and the program `MIT`")]);
        check(&crates[1..], &[LICENSE], &[("Cargo.toml", "names no licence")]);
        check(&crates, &[LICENSE, ("a/package.json", r#"{ "license": "ISC" }"#)], &[("a/package.json", "has the licence `ISC`")]);
        check(&crates, &[LICENSE, ("package.json", "{}")], &[("package.json", "has no licence")]);
        check(&crates, &[LICENSE, ("package.json", "{")], &[("package.json", "cannot be parsed")]);
        check(&crates, &[manifest], &[("LICENSE", "does not begin with `MIT License`")]);
        check(&crates, &[("LICENSE", "Apache License\n")], &[("LICENSE", "does not begin with `MIT License`")]);
    }
}
