use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Deserialize;
use serde_json::Value;

use super::error::RequestsError;
use crate::expect::{Expect, ExpectedStatus};
use crate::request::RequestSpec;
use crate::target::Target;

/// The requests of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HarRequests {
    /// In the order of the recording, without placeholders; never empty.
    pub requests: Vec<RequestSpec>,
    /// Scheme, host and port that they were recorded with: the target's, or another's when
    /// nothing was recorded with it.
    pub origin: String,
    /// Address of each entry that is left out, and why.
    pub skipped: Vec<(String, String)>,
}

/// What of a recording is sent and expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HarOptions {
    /// Whether recorded cookies are sent. A session that has ended since is better left out.
    pub cookies: bool,
    /// Whether the recorded status is expected; else 200 to 299, which fails recorded
    /// redirects and 304.
    pub status: bool,
}

impl Default for HarOptions {
    fn default() -> Self {
        Self { cookies: true, status: true }
    }
}

/// [`from_har_with`] the default options: with cookies, and expecting what was recorded.
///
/// # Errors
/// [`RequestsError`].
pub fn from_har(text: &str, target: &Target) -> Result<HarRequests, RequestsError> {
    from_har_with(text, target, HarOptions::default())
}

/// Reads an HTTP archive (HAR 1.2), as browsers and proxies export it.
///
/// Taken are the entries of the target's origin (scheme, host and port). When there is
/// none, as with a recording of production for a server on this machine, those of the origin
/// that most entries have. Sent are method, path, headers and body as recorded, but for
/// headers of the connection (hop-by-hop, `host`, `content-length`, `expect`) and the
/// pseudo-headers of HTTP/2.
///
/// # Errors
/// [`RequestsError::Syntax`] for what is no HAR, [`RequestsError::Empty`] when nothing in it can be sent.
pub fn from_har_with(text: &str, target: &Target, options: HarOptions) -> Result<HarRequests, RequestsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let har: Har<'_> = serde_json::from_str(text)
        .map_err(|error| RequestsError::Syntax(format!("not a HAR (an HTTP archive with log.entries): {error}")))?;
    let entries = har.log.entries;
    if entries.is_empty() {
        return Err(RequestsError::Empty("the HAR has no entries: record while requests are made".into()));
    }
    let addresses: Vec<_> = entries.iter().map(|entry| Target::parse(&entry.request.url)).collect();
    let origin = taken_origin(&addresses, target);
    let mut result = HarRequests { origin: origin.as_ref().map(origin_text).unwrap_or_default(), ..HarRequests::default() };
    for (entry, address) in entries.iter().zip(addresses) {
        let spec = match (address, &origin) {
            (Ok(address), Some(origin)) if address.origin() == origin.origin() => spec(entry, &address, options),
            (Ok(address), _) => Err(format!("of another origin, {}", origin_text(&address))),
            (Err(error), _) => Err(error.to_string()),
        };
        match spec {
            Ok(spec) => result.requests.push(spec),
            Err(reason) => result.skipped.push((entry.request.url.to_string(), reason)),
        }
    }
    match (result.requests.is_empty(), result.skipped.first()) {
        (true, Some((url, reason))) => {
            let count = result.skipped.len();
            Err(RequestsError::Empty(format!("none of the {count} entries of the HAR can be sent; the first, {url}: {reason}")))
        }
        _ => Ok(result),
    }
}

#[derive(Deserialize)]
struct Har<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    request: Request<'a>,
    response: Option<Response>,
    /// Chromium: `"memory"`, `"disk"`; others write whether it was.
    #[serde(default, rename = "_fromCache")]
    from_cache: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    headers: Vec<Pair<'a>>,
    #[serde(borrow, default)]
    cookies: Vec<Pair<'a>>,
    #[serde(borrow)]
    post_data: Option<PostData<'a>>,
    /// Bytes, -1 when not known.
    body_size: Option<f64>,
}

impl Request<'_> {
    /// Values of all headers of this name.
    fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_ref())
    }

    /// Length of the body that its header tells.
    fn content_length(&self) -> u64 {
        self.values("content-length").next().and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    }
}

#[derive(Deserialize)]
struct Response {
    /// 0 or less without a response.
    #[serde(default)]
    status: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'a> {
    #[serde(borrow, default)]
    mime_type: Cow<'a, str>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<Vec<Pair<'a>>>,
    /// `base64`, not in the standard but written for bodies that are no text.
    #[serde(borrow)]
    encoding: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
}

fn origin_text(target: &Target) -> String {
    let scheme = if target.is_tls() { "https" } else { "http" };
    format!("{scheme}://{}", target.authority())
}

/// An address of the origin whose entries are taken.
fn taken_origin<E>(addresses: &[Result<Target, E>], target: &Target) -> Option<Target> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    let addresses = || addresses.iter().flatten();
    for address in addresses() {
        if address.origin() == target.origin() {
            return Some(address.clone());
        }
        *counts.entry(address.origin()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    addresses().find(|address| counts.get(&address.origin()) == Some(&most)).cloned()
}

fn spec(entry: &Entry<'_>, address: &Target, options: HarOptions) -> Result<RequestSpec, String> {
    let request = &entry.request;
    let status = entry.response.as_ref().map_or(0, |response| response.status);
    let status = match u16::try_from(status) {
        Ok(101) => return Err("it opened a WebSocket or another protocol".into()),
        Ok(status @ 200..=999) => status,
        _ => return Err("it got no response when it was recorded".into()),
    };
    match &entry.from_cache {
        Value::Null | Value::Bool(false) => {}
        cache => return Err(format!("it was answered from the browser's cache (_fromCache is {cache}), not by the server")),
    }
    let method: Method = request.method.parse().map_err(|_| format!("{:?} is not a method", request.method))?;
    if method == Method::CONNECT {
        return Err("CONNECT opens a tunnel and cannot be measured".into());
    }
    let mut headers = headers(request, options)?;
    let body = request.post_data.as_ref().map(body).transpose()?.unwrap_or_default();
    if body.is_empty() && (request.body_size.is_some_and(|size| size > 0.0) || request.content_length() > 0) {
        return Err("its body was not recorded".into());
    }
    if let Some(post) = request.post_data.as_ref().filter(|post| !body.is_empty() && !post.mime_type.is_empty())
        && let Ok(value) = HeaderValue::from_bytes(post.mime_type.as_bytes())
    {
        headers.entry(header::CONTENT_TYPE).or_insert(value);
    }
    let expected = if options.status { ExpectedStatus::OneOf(vec![status]) } else { ExpectedStatus::Any2xx };
    Ok(RequestSpec {
        method,
        path: address.path().to_owned(),
        headers,
        body,
        placeholders: false,
        expect: Expect { status: expected, body: Vec::new() },
    })
}

fn headers(request: &Request<'_>, options: HarOptions) -> Result<HeaderMap, String> {
    let of_connection: Vec<&str> = request.values("connection").flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    // HTTP/2 may have several, HTTP/1.1 has one (RFC 9113 §8.2.3).
    let mut cookies: Vec<Cow<'_, str>> = request.values("cookie").map(|value| Cow::Borrowed(value.trim())).collect();
    if cookies.is_empty() {
        cookies = request.cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value).into()).collect();
    }
    let is_cookie = |name: &str| name.eq_ignore_ascii_case("cookie");
    for Pair { name, value } in &request.headers {
        let is_dropped = name.starts_with(':') || is_cookie(name) || is_hop_by_hop(name);
        if !is_dropped && !of_connection.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            append(&mut headers, name, value)?;
        }
    }
    if options.cookies && !cookies.is_empty() {
        append(&mut headers, "cookie", &cookies.join("; "))?;
    }
    Ok(headers)
}

fn append(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let header: HeaderName = name.parse().map_err(|_| format!("{name:?} is not the name of a header"))?;
    let value =
        HeaderValue::from_bytes(value.as_bytes()).map_err(|_| format!("its header {name} has characters that no header may have"))?;
    headers.append(header, value);
    Ok(())
}

/// What is of one connection (RFC 9110 §7.6.1), or follows from the target and the body.
fn is_hop_by_hop(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|other| name.eq_ignore_ascii_case(other))
}

fn body(post: &PostData<'_>) -> Result<Bytes, String> {
    let text = post.text.as_deref().filter(|text| !text.is_empty());
    match (text, &post.encoding, &post.params) {
        (Some(text), Some(encoding), _) if encoding.eq_ignore_ascii_case("base64") => {
            STANDARD.decode(text.trim()).map(Bytes::from).map_err(|error| format!("its body is not the base64 it is said to be: {error}"))
        }
        (Some(_), Some(encoding), _) if !encoding.is_empty() => Err(format!("its body is encoded in an unknown way, {encoding}")),
        (Some(text), ..) => Ok(text.as_bytes().to_vec().into()),
        (None, _, Some(params)) if !params.is_empty() => form(post, params),
        _ => Ok(Bytes::new()),
    }
}

/// A form whose text was not recorded. Its parameters are decoded or not, depending on who
/// has written the HAR; what is percent-encoded stays so.
fn form(post: &PostData<'_>, params: &[Pair<'_>]) -> Result<Bytes, String> {
    let mime = post.mime_type.split(';').next().unwrap_or_default().trim();
    if !mime.is_empty() && !mime.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(format!("its body ({mime}) was not recorded as text"));
    }
    let pairs: Vec<_> = params.iter().map(|pair| format!("{}={}", form_encoded(&pair.name), form_encoded(&pair.value))).collect();
    Ok(pairs.join("&").into())
}

fn form_encoded(text: &str) -> String {
    let is_encoded = text.contains('%') && crate::target::decode(text).is_some() && !text.contains([' ', '&', '=']);
    match is_encoded {
        true => text.to_owned(),
        false => crate::target::encode_all(text).replace("%20", "+"),
    }
}

#[cfg(test)]
mod tests;
