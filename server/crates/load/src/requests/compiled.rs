use bytes::Bytes;
use http::Request as HttpRequest;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::rules;
use super::template::{Request, Template, Values, write_number};
use crate::cookies::Cookies;
use crate::plan::{Plan, PlanError, Protocol};
use crate::request::{RequestSpec, Rows};

/// The requests of a plan, checked and taken apart so that writing one allocates nothing
/// but what the output buffer grows by.
#[derive(Debug)]
pub(crate) struct Compiled {
    specs: Vec<RequestSpec>,
    requests: Vec<Parts>,
    rows: Rows,
    /// `http` or `https`.
    scheme: &'static str,
}

#[derive(Debug)]
struct Parts {
    /// The whole request for HTTP/1.1 without kept cookies, when it is always the same.
    whole: Option<Box<[u8]>>,
    method: Method,
    path: Template,
    host: Template,
    /// Those that were given besides `host`, in their order, `cookie` too; then those that are added.
    headers: Vec<(HeaderName, Template)>,
    /// The cookies among them, by name.
    cookies: Vec<(Box<[u8]>, Template)>,
    body: Template,
    /// Whether a body of no bytes has a length too: where one is usual (RFC 9110 §8.6).
    has_length: bool,
}

impl Compiled {
    /// Checks the plan and compiles its requests.
    ///
    /// # Errors
    /// The first thing in the plan that cannot be carried out.
    pub(crate) fn new(plan: &Plan) -> Result<Self, PlanError> {
        plan.check_whole()?;
        rules::check_rows(&plan.rows)?;
        let count = plan.requests.len();
        let mut requests = Vec::with_capacity(count);
        for (index, spec) in plan.requests.iter().enumerate() {
            let parts = Parts::new(plan, spec).map_err(|mut error| {
                if count > 1 {
                    error.problem = format!("request {} of {count} ({} {}): {}", index + 1, spec.method, spec.path, error.problem);
                }
                error
            })?;
            requests.push(parts);
        }
        if !plan.rows.columns.is_empty() && requests.iter().all(|parts| parts.templates().all(|part| part.columns().next().is_none())) {
            let column = &plan.rows.columns[0];
            return Err(rules::problem(
                "rows",
                format!("no request uses them: write {{{{{column}}}}} in a path, a header or a body, and have placeholders replaced"),
            ));
        }
        let scheme = if plan.target.is_tls() { "https" } else { "http" };
        Ok(Self { specs: plan.requests.clone(), requests, rows: plan.rows.clone(), scheme })
    }

    /// Which of the requests number `n` of the run is.
    pub(crate) fn index(&self, n: u64) -> usize {
        match self.requests.len() as u64 {
            1 => 0,
            count => (n % count) as usize,
        }
    }

    /// One of the requests.
    pub(crate) fn spec(&self, index: usize) -> &RequestSpec {
        &self.specs[index]
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110 §9.2.2).
    pub(crate) fn is_idempotent(&self, index: usize) -> bool {
        self.specs[index].method.is_idempotent()
    }

    /// Appends request number `n` of the run as HTTP/1.1.
    ///
    /// `host` comes first, as RFC 9110 §7.2 asks, then the headers as they were given, then
    /// `connection: close` without keep-alive, and `content-length` of a body. Cookies that
    /// the server has given join those of the request in one header, and replace them by name.
    pub(crate) fn write_http1(&self, n: u64, cookies: Option<&Cookies>, out: &mut Vec<u8>) {
        let parts = &self.requests[self.index(n)];
        let cookies = cookies.filter(|cookies| !cookies.is_empty());
        match (&parts.whole, cookies) {
            (Some(whole), None) => out.extend_from_slice(whole),
            _ => parts.write_http1(&Request::new(n, self.requests.len(), &self.rows), cookies, out),
        }
    }

    /// Request number `n` of the run for HTTP/2: the same headers, but `host` is the
    /// authority of the address (RFC 9113 §8.3.1).
    pub(crate) fn http2(&self, n: u64, cookies: Option<&Cookies>) -> HttpRequest<Bytes> {
        let parts = &self.requests[self.index(n)];
        parts.http2(&Request::new(n, self.requests.len(), &self.rows), self.scheme, cookies.filter(|cookies| !cookies.is_empty()))
    }
}

impl Parts {
    fn new(plan: &Plan, spec: &RequestSpec) -> Result<Self, PlanError> {
        rules::check_request(plan, spec)?;
        let template = |field: &'static str, text: &[u8]| match spec.placeholders {
            false => Ok(Template::literal(text)),
            true => Template::parse(text, &plan.rows.columns).map_err(|error| rules::problem(field, error.to_string())),
        };
        let path = template("path", spec.path.as_bytes())?.map_text(|text| crate::target::encode(text).into_bytes());
        rules::check_path(plan, spec, &path)?;
        let mut headers = Vec::with_capacity(spec.headers.len());
        let mut host = Template::literal(plan.target.authority().as_bytes());
        for (name, value) in &spec.headers {
            let value = template("headers", value.as_bytes())?;
            rules::check_values(name, &value, &plan.rows)?;
            match *name {
                header::HOST => {
                    rules::check_host(&value, &plan.rows)?;
                    host = value;
                }
                _ => headers.push((name.clone(), value)),
            }
        }
        if !plan.keep_alive && plan.protocol == Protocol::Http1 {
            headers.push((header::CONNECTION, Template::literal(b"close")));
        }
        let cookies = headers.iter().filter(|(name, _)| *name == header::COOKIE);
        let cookies = cookies.flat_map(|(_, value)| value.split(b';')).filter(|cookie| !cookie.is_empty()).map(named).collect();
        let has_length = [Method::POST, Method::PUT, Method::PATCH].contains(&spec.method);
        let mut parts = Self {
            whole: None,
            method: spec.method.clone(),
            path,
            host,
            headers,
            cookies,
            body: template("body", &spec.body)?,
            has_length,
        };
        if parts.templates().all(|part| part.text().is_some()) {
            let mut whole = Vec::new();
            parts.write_http1(&Request::new(0, 1, &Rows::default()), None, &mut whole);
            parts.whole = Some(whole.into());
        }
        Ok(parts)
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        [&self.path, &self.host, &self.body].into_iter().chain(self.headers.iter().map(|(_, value)| value))
    }

    fn write_http1(&self, request: &Request<'_>, cookies: Option<&Cookies>, out: &mut Vec<u8>) {
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.push(b' ');
        self.path.write(request, Values::Encoded, out);
        out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        self.host.write(request, Values::Plain, out);
        out.extend_from_slice(b"\r\n");
        let mut cookies = cookies;
        let has_kept = cookies.is_some();
        for (name, value) in &self.headers {
            let is_cookie = has_kept && *name == header::COOKIE;
            if is_cookie && cookies.is_none() {
                continue;
            }
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            match cookies.take_if(|_| is_cookie) {
                Some(cookies) => self.write_cookies(request, cookies, out),
                None => value.write(request, Values::Plain, out),
            }
            out.extend_from_slice(b"\r\n");
        }
        if let Some(cookies) = cookies {
            out.extend_from_slice(b"cookie: ");
            self.write_cookies(request, cookies, out);
            out.extend_from_slice(b"\r\n");
        }
        let length = self.body.len(request);
        if length > 0 || self.has_length {
            out.extend_from_slice(b"content-length: ");
            write_number(length as u64, out);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        self.body.write(request, Values::Plain, out);
    }

    fn write_cookies(&self, request: &Request<'_>, kept: &Cookies, out: &mut Vec<u8>) {
        let mut is_first = true;
        for (_, cookie) in self.cookies.iter().filter(|(name, _)| !kept.has(name)) {
            if !is_first {
                out.extend_from_slice(b"; ");
            }
            is_first = false;
            cookie.write(request, Values::Plain, out);
        }
        kept.write(is_first, out);
    }

    fn http2(&self, request: &Request<'_>, scheme: &str, cookies: Option<&Cookies>) -> HttpRequest<Bytes> {
        let text = |template: &Template, values: Values| {
            let mut out = Vec::new();
            template.write(request, values, &mut out);
            out
        };
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 2);
        // Values, authority and path were checked with all rows: none of this fails.
        let mut append = |name: &HeaderName, value: Vec<u8>| {
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
                headers.append(name, value);
            }
        };
        for (name, value) in &self.headers {
            if cookies.is_none() || *name != header::COOKIE {
                append(name, text(value, Values::Plain));
            }
        }
        if let Some(cookies) = cookies {
            let mut line = Vec::new();
            self.write_cookies(request, cookies, &mut line);
            append(&header::COOKIE, line);
        }
        let body = text(&self.body, Values::Plain);
        if !body.is_empty() || self.has_length {
            append(&header::CONTENT_LENGTH, body.len().to_string().into_bytes());
        }
        let authority = text(&self.host, Values::Plain);
        let path = text(&self.path, Values::Encoded);
        let uri = Uri::builder().scheme(scheme).authority(authority.as_slice()).path_and_query(path.as_slice()).build();
        let mut result = HttpRequest::new(Bytes::from(body));
        *result.method_mut() = self.method.clone();
        *result.uri_mut() = uri.unwrap_or_default();
        *result.headers_mut() = headers;
        result
    }
}

/// A cookie of the request with its name, which is empty when `=` is missing.
fn named(cookie: Template) -> (Box<[u8]>, Template) {
    let start = cookie.start();
    let name = memchr::memchr(b'=', start).map_or(&[][..], |equals| start[..equals].trim_ascii());
    (name.into(), cookie)
}

#[cfg(test)]
mod tests;
