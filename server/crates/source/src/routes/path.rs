//! Path patterns of the frameworks, in one spelling.

use super::Framework;

/// A pattern in the common spelling: `:name` for a parameter, `*` for a wildcard.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Normal {
    pub(super) path: String,
    pub(super) parameters: Vec<String>,
    /// Has a wildcard.
    pub(super) wildcard: bool,
}

/// Puts a prefix before a path; a lone `/` under a prefix is the prefix itself.
pub(super) fn join(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let joined = match path {
        "" | "/" => prefix.to_owned(),
        _ if path.starts_with('/') => format!("{prefix}{path}"),
        _ => format!("{prefix}/{path}"),
    };
    match joined.as_str() {
        "" => "/".to_owned(),
        _ if joined.starts_with(['/', '*']) => joined,
        _ => format!("/{joined}"),
    }
}

/// Rewrites a framework's pattern: path-to-regexp of Express and Koa (`:id(\\d+)?`, `*name`, `{/:id}`), find-my-way of Fastify
/// (`:id(^\\d+$)`, `::`), Hapi (`{id?}`, `{rest*}`), Hono (`:id{[0-9]+}?`).
pub(super) fn normalise(pattern: &str, framework: Framework) -> Normal {
    let chars: Vec<char> = pattern.chars().collect();
    let mut normal = Normal { path: String::with_capacity(pattern.len()), parameters: Vec::new(), wildcard: false };
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            ':' if framework == Framework::Fastify && chars.get(at) == Some(&':') => {
                at += 1;
                normal.path.push(':');
            }
            ':' => {
                let name = name(&chars, &mut at);
                if name.is_empty() {
                    normal.path.push(':');
                    continue;
                }
                match (chars.get(at), framework) {
                    (Some('('), _) => skip_group(&chars, &mut at, '(', ')'),
                    (Some('{'), Framework::Hono) => skip_group(&chars, &mut at, '{', '}'),
                    _ => {}
                }
                if matches!(chars.get(at), Some('?' | '+' | '*')) {
                    at += 1;
                }
                normal.path.push(':');
                normal.path.push_str(&name);
                normal.parameters.push(name);
            }
            '{' if framework == Framework::Hapi => {
                let name = name(&chars, &mut at);
                let many = chars.get(at) == Some(&'*');
                while at < chars.len() && chars[at] != '}' {
                    at += 1;
                }
                at += 1;
                normal.wildcard |= many;
                normal.path.push_str(&if many { "*".to_owned() } else { format!(":{name}") });
                if !name.is_empty() {
                    normal.parameters.push(name);
                }
            }
            // An optional group of Express 5 and Koa.
            '{' | '}' if matches!(framework, Framework::Express | Framework::Koa) => {}
            '(' if matches!(framework, Framework::Express | Framework::Koa) => {
                at -= 1;
                skip_group(&chars, &mut at, '(', ')');
                normal.wildcard = true;
                normal.path.push('*');
            }
            '*' => {
                let name = match framework {
                    Framework::Express | Framework::Koa => name(&chars, &mut at),
                    _ => String::new(),
                };
                normal.wildcard = true;
                normal.path.push('*');
                if !name.is_empty() {
                    normal.parameters.push(name);
                }
            }
            _ => normal.path.push(c),
        }
    }
    normal
}

fn name(chars: &[char], at: &mut usize) -> String {
    let rest = &chars[*at..];
    let length = rest.iter().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).count();
    *at += length;
    rest[..length].iter().collect()
}

fn skip_group(chars: &[char], at: &mut usize, open: char, close: char) {
    let mut depth = 0;
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        if c == '\\' {
            *at += 1;
        } else if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins() {
        let check = |prefix: &str, path: &str, expected: &str| assert_eq!(join(prefix, path), expected, "{prefix} {path}");
        check("", "/a", "/a");
        check("", "", "/");
        check("", "/", "/");
        check("/a", "/", "/a");
        check("/a/", "/b", "/a/b");
        check("/a", "b", "/a/b");
        check("", "*", "/*");
        check("/a", "*", "/a/*");
    }

    #[test]
    fn spellings() {
        let check = |framework, pattern: &str, path: &str, parameters: &[&str]| {
            let normal = normalise(pattern, framework);
            assert_eq!((normal.path.as_str(), normal.wildcard), (path, path.contains('*')), "{pattern}");
            assert_eq!(normal.parameters, parameters, "{pattern}");
        };
        use Framework::*;
        check(Express, "/a/:id", "/a/:id", &["id"]);
        check(Express, r"/a/:id(\d+)/b", "/a/:id/b", &["id"]);
        check(Express, r"/a/:id(\(x\))?", "/a/:id", &["id"]);
        check(Express, "/:from-:to.:ext", "/:from-:to.:ext", &["from", "to", "ext"]);
        check(Express, "/a/*rest", "/a/*", &["rest"]);
        check(Express, "/a{/:id}", "/a/:id", &["id"]);
        check(Koa, "/a/(.*)", "/a/*", &[]);
        check(Fastify, "/a/:id(^\\d+$)/x::y", "/a/:id/x:y", &["id"]);
        check(Fastify, "/*", "/*", &[]);
        check(Hapi, "/a/{id}/{b?}", "/a/:id/:b", &["id", "b"]);
        check(Hapi, "/{p*}", "/*", &["p"]);
        check(Hapi, "/{p*2}/x", "/*/x", &["p"]);
        check(Hono, "/a/:id{[0-9]{2}}?/b", "/a/:id/b", &["id"]);
        check(Express, "/a/:", "/a/:", &[]);
        check(Express, "/a/:id(", "/a/:id", &["id"]);
        check(Hapi, "/{", "/:", &[]);
    }
}
