use http::uri::Authority;
use http::{HeaderName, Method, header};

use super::template::{Request, Template, Values};
use crate::expect::ExpectedBody;
use crate::plan::{Plan, PlanError, Protocol};
use crate::request::{RequestSpec, Rows};

/// Placeholders that need no rows.
pub(super) const OWN_PLACEHOLDERS: [&str; 2] = ["n", "uuid"];

/// Longest path that `http::Uri` takes.
const PATH_BYTES: usize = 65_000;

pub(super) fn problem(field: &'static str, problem: impl Into<String>) -> PlanError {
    PlanError { field, problem: problem.into() }
}

/// Rows made by [`Rows::from_csv`] hold all of this.
pub(super) fn check_rows(rows: &Rows) -> Result<(), PlanError> {
    if rows.columns.is_empty() != rows.rows.is_empty() {
        return Err(problem("rows", "columns without rows, or rows without columns: give at least one of each, or neither"));
    }
    for (index, column) in rows.columns.iter().enumerate() {
        if let Some(reason) = wrong_column(column, &rows.columns[..index]) {
            return Err(problem("rows", reason));
        }
    }
    let width = rows.columns.len();
    match rows.rows.iter().position(|row| row.len() != width) {
        None => Ok(()),
        Some(index) => Err(problem("rows", format!("row {} has {} values for {width} columns", index + 1, rows.rows[index].len()))),
    }
}

/// Why a column cannot have this name.
pub(super) fn wrong_column(name: &str, before: &[String]) -> Option<String> {
    if name.is_empty() {
        return Some(format!("column {} has no name: give it one, {{{{name}}}} stands for its values", before.len() + 1));
    }
    if OWN_PLACEHOLDERS.contains(&name) {
        return Some(format!("the column {name} has the name of a placeholder: {{{{{name}}}}} is not taken from rows; rename the column"));
    }
    if name.contains("{{") || name.contains("}}") || name.trim() != name {
        return Some(format!("the column {name:?} cannot be a placeholder: a name has no braces and no space around it"));
    }
    before.iter().any(|other| other == name).then(|| format!("there are two columns {name}: rename one"))
}

/// What does not depend on placeholders.
pub(super) fn check_request(plan: &Plan, spec: &RequestSpec) -> Result<(), PlanError> {
    match spec.method {
        Method::CONNECT => return Err(problem("method", "CONNECT opens a tunnel and cannot be measured: use another method")),
        Method::TRACE if !spec.body.is_empty() => {
            return Err(problem("body", "a TRACE request has no body (RFC 9110 §9.3.8): leave it out, or use another method"));
        }
        _ => {}
    }
    for name in spec.headers.keys() {
        check_header(plan, spec, name)?;
    }
    for expected in &spec.expect.body {
        let is_satisfiable = match expected {
            ExpectedBody::Exact(bytes) | ExpectedBody::Contains(bytes) => spec.method != Method::HEAD || bytes.is_empty(),
            ExpectedBody::Json { pointer, .. } if !pointer.is_empty() && !pointer.starts_with('/') => {
                let text = format!("{pointer:?} is not a JSON pointer: it is empty or begins with /, as in /items/0/name (RFC 6901)");
                return Err(problem("expect", text));
            }
            ExpectedBody::Json { .. } => spec.method != Method::HEAD,
        };
        if !is_satisfiable {
            return Err(problem("expect", "a response to HEAD has no body: expect its status only, or send a GET"));
        }
    }
    if let crate::expect::ExpectedStatus::OneOf(statuses) = &spec.expect.status {
        if statuses.is_empty() {
            return Err(problem("expect", "no status is accepted: name at least one"));
        }
        if let Some(status) = statuses.iter().find(|status| !(200..1000).contains(*status)) {
            return Err(problem("expect", format!("no response ends with status {status}: name one from 200 to 999")));
        }
    }
    Ok(())
}

fn check_header(plan: &Plan, spec: &RequestSpec, name: &HeaderName) -> Result<(), PlanError> {
    let refuse = |text: String| Err(problem("headers", text));
    let values = || spec.headers.get_all(name).iter();
    match *name {
        header::CONTENT_LENGTH | header::TRANSFER_ENCODING => refuse(format!("{name} follows from the body: leave it out")),
        header::UPGRADE => refuse("upgrade would end HTTP on the connection: leave it out".into()),
        header::HOST if values().count() > 1 => refuse("host is given twice: give it once, or not at all for that of the target".into()),
        header::CONNECTION if plan.protocol == Protocol::Http1 => {
            let says_keep = values().all(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"keep-alive"));
            match says_keep && plan.keep_alive {
                true => Ok(()),
                false => refuse(
                    "connection follows from whether connections are kept: leave it out, and turn keep-alive off for connection: close"
                        .into(),
                ),
            }
        }
        header::TE if plan.protocol == Protocol::Http2 => match values().all(|value| value == "trailers") {
            true => Ok(()),
            false => refuse("te can only say trailers in HTTP/2 (RFC 9113 §8.2.2): leave it out, or use HTTP/1.1".into()),
        },
        header::CONNECTION => refuse(not_in_http2(name)),
        _ if plan.protocol == Protocol::Http2 && ["keep-alive", "proxy-connection", "http2-settings"].contains(&name.as_str()) => {
            refuse(not_in_http2(name))
        }
        _ => Ok(()),
    }
}

fn not_in_http2(name: &HeaderName) -> String {
    format!("{name} does not exist in HTTP/2 (RFC 9113 §8.2.2): leave it out, or use HTTP/1.1")
}

/// The path without its placeholders.
pub(super) fn check_path(plan: &Plan, spec: &RequestSpec, path: &Template) -> Result<(), PlanError> {
    let refuse = |text: String| Err(problem("path", text));
    if spec.path == "*" {
        return match spec.method {
            Method::OPTIONS => Ok(()),
            _ => refuse("* can only be asked for with OPTIONS: begin the path with /".into()),
        };
    }
    if !path.start().starts_with(b"/") {
        return refuse(format!("{:?} does not begin with /: write path and query only, as in /items?page=2", spec.path));
    }
    if path.has(b'#') {
        return refuse(format!("{:?} has a #, and what follows it is never sent: leave it out, or write %23", spec.path));
    }
    // The digits of `{{n}}` come on top of what the rows show.
    let longest = plan.protocol == Protocol::Http2 && rendered(path, Values::Encoded, &plan.rows).any(|path| path.len() + 100 > PATH_BYTES);
    if longest {
        return refuse(format!("it is longer than {PATH_BYTES} bytes, the most for HTTP/2: shorten it, or use HTTP/1.1"));
    }
    Ok(())
}

/// The value of a `host` header, with every row.
pub(super) fn check_host(host: &Template, rows: &Rows) -> Result<(), PlanError> {
    let is_authority = |host: &[u8]| !host.contains(&b'@') && Authority::try_from(host).is_ok();
    match rendered(host, Values::Plain, rows).find(|host| !is_authority(host)) {
        None => Ok(()),
        Some(host) => {
            let host = String::from_utf8_lossy(&host).into_owned();
            Err(problem("headers", format!("{host:?} is no host: write a name or an address and possibly a port, as in example.com:8080")))
        }
    }
}

/// The text for every row, or once without rows.
fn rendered(template: &Template, values: Values, rows: &Rows) -> impl Iterator<Item = Vec<u8>> {
    let times = if template.columns().next().is_some() { rows.rows.len() as u64 } else { 1 };
    (0..times).map(move |n| {
        let mut out = Vec::new();
        template.write(&Request::new(n, 1, rows), values, &mut out);
        out
    })
}

/// A header's value with every row; text and the other placeholders are legal already.
pub(super) fn check_values(name: &HeaderName, value: &Template, rows: &Rows) -> Result<(), PlanError> {
    for column in value.columns() {
        for (index, row) in rows.rows.iter().enumerate() {
            let Some(illegal) = row[column].chars().find(|c| c.is_ascii_control() && *c != '\t') else { continue };
            let column = &rows.columns[column];
            return Err(problem(
                "rows",
                format!("{column} of row {} has the character {illegal:?}, which the header {name} cannot hold: take it out", index + 1),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
