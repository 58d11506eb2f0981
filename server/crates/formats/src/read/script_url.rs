//! Script URLs as V8 and the inspector give them.

use profile::Source;

/// The source a script URL names: plain paths (CommonJS) and `file://` URLs (ES modules, inspector) are files.
pub fn source_of_url(url: &str) -> Source {
    let path = match url.strip_prefix("file://") {
        Some(rest) => Some(percent_decoded(strip_drive_slash(rest))),
        None if url.starts_with('/') || is_windows_path(url) => Some(url.to_owned()),
        None => None,
    };
    Source { url: url.to_owned(), path }
}

fn strip_drive_slash(path: &str) -> &str {
    match path.strip_prefix('/') {
        Some(rest) if is_windows_path(rest) => rest,
        _ => path,
    }
}

fn is_windows_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/')
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = if bytes[at] == b'%' { text.get(at + 1..at + 3) } else { None };
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::source_of_url;

    #[test]
    fn path_of_script_url() {
        fn check(url: &str, path: Option<&str>) {
            assert_eq!(source_of_url(url).path.as_deref(), path, "{url}");
        }
        check("/app/a b,c.js", Some("/app/a b,c.js"));
        check("file:///app/we%2Cird%20d%C3%AFr/a.mjs", Some("/app/we,ird dïr/a.mjs"));
        check("file:///C:/app/a.mjs", Some("C:/app/a.mjs"));
        check("C:\\app\\a.js", Some("C:\\app\\a.js"));
        check("file:///app/100%.js", Some("/app/100%.js"));
        check("node:internal/timers", None);
        check("evalmachine.<anonymous>", None);
        check("", None);
    }
}
