//! The files of a package that hold licences and notices.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Folders whose code is in no program that uses the package.
const NOT_SHIPPED: [&str; 6] = ["benches", "examples", "fuzz", "node_modules", "target", "tests"];

/// Endings of code and data that are named for licences.
const NO_TEXT: [&str; 9] = ["c", "h", "html", "js", "json", "rs", "toml", "ts", "yml"];

/// Fewer words are a remark about licences and no licence: the shortest, 0BSD, has a hundred.
const FEWEST_WORDS: usize = 80;

/// A licence or a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// Relative to the package, with forward slashes.
    pub(super) file: String,
    pub(super) text: String,
}

impl Text {
    /// Whether it holds a licence, not just a notice or a remark.
    pub(super) fn is_licence(&self) -> bool {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file).to_lowercase();
        let named = ["licen", "copying", "unlicense"].iter().any(|start| name.starts_with(start)) || in_licence_folder(&self.file);
        named && self.text.split_whitespace().count() >= FEWEST_WORDS
    }
}

/// All of a package, sorted by name, also those of code that it took over into folders of its own.
pub(super) fn read(package: &Path) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let full = package.join(&folder);
        let entries = fs::read_dir(&full).with_context(|| format!("cannot read {}", full.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", full.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            if entry.path().is_dir() {
                if !NOT_SHIPPED.contains(&name.as_str()) && !name.starts_with('.') {
                    folders.push(path);
                }
                continue;
            }
            let file = path.display().to_string().replace('\\', "/");
            if holds_notice(&file) {
                let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
                texts.push(Text { file, text: decode(bytes) });
            }
        }
    }
    texts.sort_by(|a, b| (a.file.matches('/').count(), &a.file).cmp(&(b.file.matches('/').count(), &b.file)));
    Ok(texts)
}

fn holds_notice(path: &str) -> bool {
    const STARTS: [&str; 9] =
        ["licence", "license", "copying", "copyright", "unlicense", "notice", "authors", "third-party", "third_party"];
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    if name.rsplit_once('.').is_some_and(|(_, ending)| NO_TEXT.contains(&ending)) {
        return false;
    }
    in_licence_folder(path) || name.starts_with("thirdparty") || STARTS.iter().any(|start| name.starts_with(start))
}

/// The folder that the REUSE specification keeps licences in.
fn in_licence_folder(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, _)| folder.rsplit('/').next() == Some("LICENSES"))
}

/// Line ends as here, without white space at the ends of lines. What is no UTF-8 is Latin-1, as in old files.
fn decode(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect());
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |at| at + 1);
    lines[first..last].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        let check = |path: &str, expected: bool| assert_eq!(holds_notice(path), expected, "{path}");
        for name in [
            "LICENSE",
            "License.txt",
            "license-apache-2.0",
            "LICENCE.md",
            "COPYING",
            "UNLICENSE",
            "NOTICE",
            "COPYRIGHT",
            "AUTHORS.md",
            "THIRD_PARTY",
            "thirdpartynotices.txt",
            "third_party/fiat/LICENSE",
            "LICENSES/0BSD.txt",
        ] {
            check(name, true);
        }
        for name in ["README.md", "src/license.rs", "licenses.json", "notices.ts", "third_party/fiat/p256.h", "src/lib.rs"] {
            check(name, false);
        }
    }

    #[test]
    fn texts_of_what_is_shipped_are_read() {
        let folder = tempfile::tempdir().expect("temporary folder");
        for name in ["src/polyfill", "tests", "LICENSES"] {
            fs::create_dir_all(folder.path().join(name)).expect("writable");
        }
        let licence = "word ".repeat(FEWEST_WORDS);
        let files: [(&str, &[u8]); 6] = [
            ("LICENSE", b"MIT OR Apache-2.0"),
            ("COPYRIGHT", b"\xef\xbb\xbf\r\n\r\n  \xa9 J\xf6rg  \r\nand others\r\n\r\n"),
            ("LICENSES/MIT.txt", licence.as_bytes()),
            ("src/polyfill/LICENSE-MIT", licence.as_bytes()),
            ("src/lib.rs", b"code"),
            ("tests/LICENSE", licence.as_bytes()),
        ];
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("writable");
        }
        let texts = read(folder.path()).expect("readable");
        let found: Vec<_> = texts.iter().map(|text| (text.file.as_str(), text.is_licence())).collect();
        assert_eq!(
            found,
            [("COPYRIGHT", false), ("LICENSE", false), ("LICENSES/MIT.txt", true), ("src/polyfill/LICENSE-MIT", true)],
            "what is near comes first"
        );
        assert!(read(&folder.path().join("gone")).is_err());
    }

    #[test]
    fn text_is_decoded_and_trimmed() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(decode(bytes.to_vec()), expected);
        check(b"\r\n  a \r\n\r\nb\t\n\n", "  a\n\nb");
        check(b"J\xf6rg", "J\u{f6}rg");
        check("\u{feff}\u{a9} Jörg\n".as_bytes(), "\u{a9} Jörg");
        check(b"\n \n", "");
    }
}
