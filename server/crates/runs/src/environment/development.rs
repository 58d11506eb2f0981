//! Set-ups for development, which are slower than what users meet.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Packages that do more work unless `NODE_ENV` is `production`, and what. The first one that is found is told of.
const SLOWER: [(&str, &str); 9] = [
    ("express", "Express reads and compiles views anew for each request, and answers errors with their stacks"),
    ("react-dom", "React runs its development build"),
    ("@vue/server-renderer", "Vue runs its development build"),
    ("vue", "Vue runs its development build"),
    ("@fastify/view", "templates are compiled anew for each request"),
    ("point-of-view", "templates are compiled anew for each request"),
    ("pug", "Pug templates may be compiled anew for each request"),
    ("ejs", "EJS templates may be compiled anew for each request"),
    ("koa", "Koa and its middleware run as for development"),
];
/// Of these, those that a package may ask for only for what runs in browsers.
const IN_BROWSERS: [&str; 3] = ["react-dom", "@vue/server-renderer", "vue"];

/// What `NODE_ENV` is, for a sentence.
pub(crate) fn node_env_in_words(node_env: Option<&str>) -> String {
    node_env.map_or_else(|| "NODE_ENV is not set".to_owned(), |value| format!("NODE_ENV is {value}"))
}

/// The note on a server that runs as for development: `powered_by` is its header `X-Powered-By`, and `is_used` tells whether it uses a
/// package.
pub(crate) fn development_setup(node_env: Option<&str>, powered_by: Option<&str>, is_used: impl Fn(&str) -> bool) -> Option<String> {
    if node_env == Some("production") {
        return None;
    }
    let is_express = |package: &str| package == "express" && powered_by.is_some_and(|header| header.eq_ignore_ascii_case("express"));
    let (_, what) = SLOWER.iter().find(|(package, _)| is_used(package) || is_express(package))?;
    Some(format!("{}: {what}, unlike in production.", node_env_in_words(node_env)))
}

/// What to do about it where Tickmark starts the program.
pub(crate) const SET_NODE_ENV: &str = "Set \"env\": {\"NODE_ENV\": \"production\"} in tickmark.json to measure what users will meet.";

/// The packages that a server asks for in the package.json files above its entry, up to the workspace's.
pub(crate) fn dependencies_of_server(workspace: &Path, entry: &Path) -> Vec<String> {
    #[derive(Deserialize)]
    struct Package {
        #[serde(default)]
        dependencies: BTreeMap<String, Value>,
    }
    let folders = entry.ancestors().skip(1).take_while(|folder| folder.starts_with(workspace));
    let texts = folders.filter_map(|folder| std::fs::read_to_string(folder.join("package.json")).ok());
    let packages = texts.filter_map(|text| serde_json::from_str::<Package>(&text).ok());
    let names = packages.flat_map(|package| package.dependencies.into_keys());
    names.filter(|name| !IN_BROWSERS.contains(&name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_ups_for_development() {
        fn check(node_env: Option<&str>, powered_by: Option<&str>, packages: &[&str], expected: Option<&str>) {
            let note = development_setup(node_env, powered_by, |package| packages.contains(&package));
            match expected {
                Some(part) => assert!(note.as_ref().is_some_and(|note| note.contains(part)), "{node_env:?} {packages:?}: {note:?}"),
                None => assert_eq!(note, None, "{node_env:?} {packages:?}"),
            }
        }
        check(None, None, &[], None);
        check(None, Some("Express"), &[], Some("NODE_ENV is not set: Express reads"));
        check(None, Some("PHP/8"), &["left-pad"], None);
        check(Some("development"), None, &["express", "pug"], Some("NODE_ENV is development: Express"));
        check(Some("test"), None, &["pug"], Some("Pug"));
        check(None, None, &["pug", "react-dom"], Some("React"));
        check(Some("production"), Some("Express"), &["express"], None);
    }

    #[test]
    fn dependencies_of_an_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workspace");
        std::fs::create_dir_all(path.join("apps/a/src")).unwrap();
        std::fs::write(folder.path().join("package.json"), r#"{"dependencies":{"outside":"1"}}"#).unwrap();
        std::fs::write(path.join("package.json"), r#"{"dependencies":{"express":"5"},"devDependencies":{"tap":"1"}}"#).unwrap();
        std::fs::write(path.join("apps/a/package.json"), r#"{"dependencies":{"pug":"3","react-dom":"19"}}"#).unwrap();
        std::fs::write(path.join("apps/package.json"), "{").unwrap();
        assert_eq!(dependencies_of_server(&path, &path.join("apps/a/src/main.js")), ["pug", "express"]);
        assert_eq!(dependencies_of_server(&path, &path.join("main.js")), ["express"]);
    }
}
