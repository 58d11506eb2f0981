//! Where a map says its sources are: strings only, no file is looked at.

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceLocation {
    /// A file: its path with forward slashes and without `.` and `..`, absolute when the map's own path is.
    File(String),
    /// Something with another scheme (`webpack://app/./src/a.ts`, `https://…`), as the map has it.
    Url(String),
    /// The map does not say (`null`).
    Unknown,
}

impl SourceLocation {
    /// The path of a file.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::File(path) => Some(path),
            Self::Url(_) | Self::Unknown => None,
        }
    }

    /// For a bundler's own URL (`webpack://name/./src/a.ts?1f3c`, `turbopack:///[project]/src/a.ts`), the part that names a file,
    /// relative to the bundler's project folder: `src/a.ts`. None for web addresses, and for modules the bundler made up.
    pub fn project_path(&self) -> Option<&str> {
        let Self::Url(url) = self else { return None };
        let (scheme, rest) = url.split_once("://")?;
        if matches!(scheme, "http" | "https") {
            return None;
        }
        // Behind the name of the project, which may be empty.
        let (_, path) = rest.split_once('/')?;
        let path = path.strip_prefix("[project]/").unwrap_or(path);
        let path = path.strip_prefix("./").unwrap_or(path).split('?').next()?;
        let made_up = path.is_empty() || path.starts_with('(') || path.contains(' ') || path.starts_with("webpack/");
        (!made_up).then_some(path)
    }
}

/// Where `source` of a map at `base` (a path, or a `file:` URL) is.
///
/// The root is put before sources that are not absolute already (ECMA-426 puts it before all, which no generator means).
pub(super) fn resolve(base: &str, root: Option<&str>, source: &str) -> SourceLocation {
    let joined = match root {
        Some(root) if !root.is_empty() && !is_absolute(source) => {
            format!("{root}{}{source}", if root.ends_with('/') { "" } else { "/" })
        }
        _ => source.to_owned(),
    };
    if let Some(path) = file_url_path(&joined) {
        return SourceLocation::File(normal(&path));
    }
    if has_scheme(&joined) {
        return SourceLocation::Url(joined);
    }
    if is_absolute(&joined) {
        return SourceLocation::File(normal(&slashes(&joined)));
    }
    let base = match file_url_path(base) {
        Some(path) => path,
        None if has_scheme(base) => return SourceLocation::Url(joined),
        None => slashes(base),
    };
    // Paths relative to a Windows path may have its separator.
    let joined = if drive(&base).is_some() { joined.replace('\\', "/") } else { joined };
    let folder = base.rfind('/').map_or("", |end| &base[..=end]);
    SourceLocation::File(normal(&format!("{folder}{joined}")))
}

/// `C:` of `C:/a` or `C:\a`.
fn drive(path: &str) -> Option<&str> {
    let bytes = path.as_bytes();
    let found = bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'/' | b'\\');
    found.then(|| &path[..2])
}

/// A Windows path with forward slashes; any other as it is, for there a backslash is part of a name.
fn slashes(path: &str) -> String {
    if drive(path).is_some() || path.starts_with("\\\\") { path.replace('\\', "/") } else { path.to_owned() }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.starts_with("\\\\") || drive(path).is_some() || has_scheme(path)
}

/// Whether it is a URL with a scheme; one letter is a drive.
fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
    })
}

/// The path of a `file:` URL: decoded, its host (a Windows share) in front, no slash before a drive.
fn file_url_path(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if host.is_empty() || host.eq_ignore_ascii_case("localhost") { path.to_owned() } else { format!("//{host}{path}") }
        }
        None => rest.to_owned(),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = String::from_utf8_lossy(&super::data_url::percent_decoded(path)).into_owned();
    let path = match path.strip_prefix('/') {
        Some(rest) if drive(rest).is_some() => rest,
        _ => &path,
    };
    Some(slashes(path))
}

/// Without `.`, `..` and doubled slashes; a share keeps its two at the start.
fn normal(path: &str) -> String {
    let (root, rest) = match drive(path) {
        Some(drive) => (format!("{drive}/"), &path[2..]),
        None if path.starts_with("//") => ("//".to_owned(), path),
        None if path.starts_with('/') => ("/".to_owned(), path),
        None => (String::new(), path),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    root + &parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        fn check(base: &str, root: Option<&str>, source: &str, expected: &str) {
            assert_eq!(resolve(base, root, source), SourceLocation::File(expected.to_owned()), "{base} {root:?} {source}");
        }
        check("/app/dist/out.js.map", None, "../src/a.ts", "/app/src/a.ts");
        check("/app/dist/out.js.map", None, "a.ts", "/app/dist/a.ts");
        check("/app/dist/out.js.map", None, "./b/./../a.ts", "/app/dist/a.ts");
        check("/app/dist/out.js.map", Some(""), "../src/a.ts", "/app/src/a.ts");
        check("/app/dist/out.js.map", Some("../src"), "a.ts", "/app/src/a.ts");
        check("/app/dist/out.js.map", Some("../src/"), "a.ts", "/app/src/a.ts");
        check("/app/dist/out.js.map", Some("/src"), "a.ts", "/src/a.ts");
        check("/app/dist/out.js.map", Some("/src"), "/other/a.ts", "/other/a.ts");
        check("/app/dist/out.js.map", Some("file:///src"), "a.ts", "/src/a.ts");
        check("/app/dist/out.js.map", None, "../../../../a.ts", "/a.ts");
        check("/app/dist/out.js.map", None, "file:///x/a%20b%C3%A9.ts", "/x/a bé.ts");
        check("file:///app/di%20st/out.js", None, "a.ts", "/app/di st/a.ts");
        check("dist/out.js.map", None, "../src/a.ts", "src/a.ts");
        check("dist/out.js.map", None, "../../a.ts", "../a.ts");
        check("out.js.map", None, "a.ts", "a.ts");
        check("C:\\app\\dist\\out.js.map", None, "..\\src\\a.ts", "C:/app/src/a.ts");
        check("C:\\app\\dist\\out.js.map", None, "../src/a.ts", "C:/app/src/a.ts");
        check("/app/out.js.map", None, "file:///C:/app/a.ts", "C:/app/a.ts");
        check("\\\\host\\share\\out.js.map", None, "a.ts", "//host/share/a.ts");
        check("/app/out.js.map", None, "we\\ird.ts", "/app/we\\ird.ts");
    }

    #[test]
    fn other_schemes() {
        fn check(source: &str, root: Option<&str>, expected: &str, project_path: Option<&str>) {
            let location = resolve("/app/out.js.map", root, source);
            assert_eq!(location, SourceLocation::Url(expected.to_owned()));
            assert_eq!(location.project_path(), project_path, "{source}");
        }
        check("webpack://app/./src/a.ts?1f3c", None, "webpack://app/./src/a.ts?1f3c", Some("src/a.ts"));
        check("webpack:///./src/a.ts", None, "webpack:///./src/a.ts", Some("src/a.ts"));
        check("webpack:///webpack/bootstrap", None, "webpack:///webpack/bootstrap", None);
        check("webpack://app/external commonjs \"fs\"", None, "webpack://app/external commonjs \"fs\"", None);
        check("./src/a.ts", Some("webpack://app"), "webpack://app/./src/a.ts", Some("src/a.ts"));
        check("turbopack:///[project]/src/a.ts", None, "turbopack:///[project]/src/a.ts", Some("src/a.ts"));
        check("https://host/a.ts", None, "https://host/a.ts", None);
    }
}
