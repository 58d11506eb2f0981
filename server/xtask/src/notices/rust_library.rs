//! What the compiler puts into every program: Rust's standard library with the packages it is made of, and musl.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use super::{Package, Part, licence_files::Text, policy};
use crate::{
    dist::{platforms::Platform, toolchain::rustc},
    process::capture,
};

/// Where a toolchain keeps the notices of its library.
const NOTICES: &str = "share/doc/rust/COPYRIGHT-library.html";

/// Packages of platforms that Tickmark is not made for: enclaves, unikernels, firmware, WebAssembly. Rust's list is one for all.
const ELSEWHERE: [&str; 8] = ["fortanix-sgx-abi", "hermit-abi", "moto-rt", "r-efi", "r-efi-alloc", "vex-sdk", "wasi", "wit-bindgen"];

/// Those in a program for this platform, as far as their names tell.
pub(super) fn packages(platform: &Platform) -> Result<Vec<Package>> {
    let root = PathBuf::from(capture(Command::new(rustc()).args(["--print", "sysroot"]))?.trim());
    let file = root.join(NOTICES);
    let page = fs::read_to_string(&file).with_context(|| {
        format!("cannot read {}, the notices of Rust's standard library; use a toolchain that rustup installed", file.display())
    })?;
    let told = capture(Command::new(rustc()).arg("-vV"))?;
    let version = told.lines().find_map(|line| line.strip_prefix("release: ")).context("`rustc -vV` names no release")?;
    let mut packages = parse(&page, version)
        .with_context(|| format!("{} is not written as expected: look at xtask/src/notices/rust_library.rs", file.display()))?;
    packages.retain(|package| is_for(platform, &package.name));
    if platform.triple.ends_with("-musl") {
        packages.push(Package {
            name: "musl".to_owned(),
            version: format!("of Rust {version}"),
            licence: Some("MIT".to_owned()),
            repository: Some("https://musl.libc.org".to_owned()),
            authors: vec!["© 2005-2020 Rich Felker, et al.".to_owned()],
            ..unnamed()
        });
    }
    Ok(packages)
}

fn is_for(platform: &Platform, name: &str) -> bool {
    !ELSEWHERE.contains(&name) && (platform.node_platform == "win32" || !name.starts_with("windows"))
}

/// The library itself, then the packages it is made of, from the page that a toolchain has. `None` if it is another kind of page.
fn parse(page: &str, version: &str) -> Option<Vec<Package>> {
    let (_, page) = page.split_once("<h2 id=\"in-tree-files\">")?;
    let (own, others) = page.split_once("<h2 id=\"out-of-tree-dependencies\">")?;
    let mut licences: Vec<String> = values(own, "License").into_iter().map(|licence| policy::canonical(&licence)).collect();
    licences.sort();
    licences.dedup();
    let mut authors = values(own, "Copyright");
    authors.sort();
    authors.dedup();
    if licences.is_empty() || authors.is_empty() {
        return None;
    }
    let mut packages = vec![Package {
        name: "Rust standard library".to_owned(),
        version: version.to_owned(),
        licence: Some(licences.iter().map(|licence| format!("({licence})")).collect::<Vec<_>>().join(" AND ")),
        repository: Some("https://github.com/rust-lang/rust".to_owned()),
        authors,
        ..unnamed()
    }];
    for section in others.split("<h3>").skip(1) {
        let (title, rest) = section.split_once("</h3>")?;
        let (name, version) = split_version(title.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).trim())?;
        let mut texts = Vec::new();
        for notice in rest.split("<summary>").skip(1) {
            let file = between(notice, "<code>", "</code>")?;
            let text = between(notice, "<pre>", "</pre>")?;
            texts.push(Text { file: unescape(file.trim()), text: unescape(text).trim_matches(['\n', '\r']).trim_end().to_owned() });
        }
        packages.push(Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: values(rest, "License").into_iter().next(),
            authors: values(rest, "Authors"),
            texts,
            ..unnamed()
        });
    }
    (packages.len() > 1).then_some(packages)
}

fn unnamed() -> Package {
    Package {
        name: String::new(),
        version: String::new(),
        part: Part::Libraries,
        licence: None,
        repository: None,
        registry: None,
        authors: Vec::new(),
        texts: Vec::new(),
    }
}

/// What stands behind a label, wherever it stands, in the order of the page.
fn values(page: &str, label: &str) -> Vec<String> {
    let label = format!("<b>{label}:</b>");
    page.split(&label)
        .skip(1)
        .filter_map(|rest| rest.split_once("</p>"))
        .map(|(value, _)| unescape(value.trim()))
        .filter(|value| !value.is_empty())
        .collect()
}

/// `wasi-0.11.1+wasi-snapshot-preview1` is `wasi` and the rest.
fn split_version(title: &str) -> Option<(&str, &str)> {
    let at = title.match_indices('-').map(|(at, _)| at).find(|at| {
        let rest = title[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
        rest.starts_with('.') && rest.len() < title.len() - at - 1
    })?;
    Some((&title[..at], &title[at + 1..]))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inside, _)| inside)
}

/// Characters in place of their references.
fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let character = part.split_once(';').and_then(|(name, rest)| {
            let character = match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                _ => name.strip_prefix('#')?.parse().ok().and_then(char::from_u32)?,
            };
            Some((character, rest))
        });
        match character {
            Some((character, rest)) => {
                plain.push(character);
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r##"<li><a href="#in-tree-files">In-tree files</a></li>
<h2 id="in-tree-files">In-tree files</h2>
<p><b>License:</b> Apache-2.0 OR MIT</p> <p><b>Copyright:</b> The Rust Project Developers</p>
<p><b>License:</b> Unicode-3.0</p> <p><b>Copyright:</b> Unicode, Inc</p> <p><b>License:</b> Apache-2.0 OR MIT</p>
<h2 id="out-of-tree-dependencies">Out-of-tree dependencies</h2>
<h3>📦 r-efi-5.3.0</h3>
<p><b>Authors:</b> Ada &#60;ada@example.com&#62;</p> <p><b>License:</b> MIT/Apache-2.0</p>
<details><summary><code>LICENSE-MIT</code></summary><pre>
  Copyright (c) 2014 Ada &amp; others
&#34;AS IS&#34;

</pre></details>
<h3>📦 wasi-0.11.1+wasi-snapshot-preview1</h3>
<p><b>Authors:</b> </p> <p><b>License:</b> MIT</p>
"##;

    #[test]
    fn the_toolchains_page_is_read() {
        let packages = parse(SAMPLE, "1.95.0").expect("as it is written");
        let [library, efi, wasi] = packages.as_slice() else { panic!("{packages:?}") };
        assert_eq!(library.licence.as_deref(), Some("(Apache-2.0 OR MIT) AND (Unicode-3.0)"));
        assert_eq!(library.authors, ["The Rust Project Developers", "Unicode, Inc"]);
        assert_eq!((efi.name.as_str(), efi.version.as_str(), efi.licence.as_deref()), ("r-efi", "5.3.0", Some("MIT/Apache-2.0")));
        assert_eq!(efi.authors, ["Ada <ada@example.com>"]);
        let text = Text { file: "LICENSE-MIT".to_owned(), text: "  Copyright (c) 2014 Ada & others\n\"AS IS\"".to_owned() };
        assert_eq!(efi.texts, [text]);
        assert_eq!((wasi.name.as_str(), wasi.version.as_str()), ("wasi", "0.11.1+wasi-snapshot-preview1"));
        assert!(wasi.authors.is_empty() && wasi.texts.is_empty());
    }

    #[test]
    fn another_page_is_none() {
        for page in ["", "<h2 id=\"in-tree-files\">", &SAMPLE.replace("<h3>", "<h4>"), &SAMPLE.replace("Copyright:", "Author:")] {
            assert_eq!(parse(page, "1.95.0"), None, "{page}");
        }
    }

    #[test]
    fn packages_of_other_platforms_are_left_out() {
        let check = |platform: &str, name: &str, expected: bool| {
            assert_eq!(is_for(Platform::by_name(platform).expect("known"), name), expected, "{name} on {platform}");
        };
        check("linux-x64", "gimli", true);
        check("linux-x64", "windows-sys", false);
        check("win32-x64", "windows-sys", true);
        check("win32-x64", "wasi", false);
    }

    #[test]
    fn references_are_characters() {
        let check = |text: &str, expected: &str| assert_eq!(unescape(text), expected);
        check("a &lt;b&gt; &#38; &quot;c&quot;", "a <b> & \"c\"");
        check("AT&T; &unknown; &#x; & &", "AT&T; &unknown; &#x; & &");
    }
}
