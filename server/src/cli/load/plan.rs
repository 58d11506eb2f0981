//! The options as a plan of the load generator.

use super::args::{Args, ConnectionArgs, RequestArgs, SuccessArgs};
use super::requests;
use super::values::Statuses;
use ::load::{
    Bytes, Expect, ExpectedBody, HeaderMap, HeaderName, HeaderValue, Limit, Method, Plan, Protocol, RequestSpec, Target, TlsOptions,
};
use anyhow::{Context, bail};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// What the options say of every request.
pub(super) struct Common {
    headers: HeaderMap,
    cookie: Option<HeaderValue>,
    body: Option<Bytes>,
    expect: ExpectArgs,
}

/// What the options expect; a request may expect something else of its own.
struct ExpectArgs {
    status: Option<Statuses>,
    body: Vec<ExpectedBody>,
}

impl Common {
    pub(super) fn new(requests: &RequestArgs, success: &SuccessArgs) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        for header in &requests.headers {
            let (name, value) = header.split_once(':').with_context(|| format!("--header {header}: write it as `Name: value`"))?;
            let name: HeaderName =
                name.trim().parse().with_context(|| format!("--header {header}: `{}` is no header name", name.trim()))?;
            let value: HeaderValue =
                value.trim().parse().with_context(|| format!("--header {header}: the value has characters that no header may have"))?;
            headers.append(name, value);
        }
        let cookies: Vec<String> = requests.cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let cookie = match cookies.is_empty() {
            true => None,
            false => {
                let cookies = cookies.join("; ");
                Some(cookies.parse().with_context(|| format!("--cookie {cookies}: it has characters that no header may have"))?)
            }
        };
        let body = match (&requests.body, &requests.body_file) {
            (Some(text), _) => Some(Bytes::from(text.clone().into_bytes())),
            (None, Some(file)) => Some(Bytes::from(read(file, "--body-file")?)),
            (None, None) => None,
        };
        Ok(Self { headers, cookie, body, expect: ExpectArgs::new(success) })
    }

    /// Writes what the options say into a request. A body of the options goes with all methods that have one as a rule, and with the
    /// only request whatever its method.
    pub(super) fn apply(&self, request: &mut RequestSpec, is_only_one: bool, placeholders: bool) {
        for name in self.headers.keys() {
            request.headers.remove(name);
        }
        for (name, value) in &self.headers {
            request.headers.append(name, value.clone());
        }
        if let Some(cookie) = &self.cookie {
            request.headers.append("cookie", cookie.clone());
        }
        let takes_body = ![Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE].contains(&request.method);
        if let Some(body) = self.body.as_ref().filter(|_| is_only_one || takes_body) {
            request.body = body.clone();
            let is_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
            if is_json && !request.headers.contains_key("content-type") {
                request.headers.insert("content-type", HeaderValue::from_static("application/json"));
            }
        }
        self.expect.apply(&mut request.expect);
        request.placeholders = placeholders;
    }
}

impl ExpectArgs {
    fn new(success: &SuccessArgs) -> Self {
        let exact = success.expect_body.iter().map(|text| ExpectedBody::Exact(Bytes::from(text.clone().into_bytes())));
        let contains = success.expect_contains.iter().map(|text| ExpectedBody::Contains(Bytes::from(text.clone().into_bytes())));
        let json = success.expect_json.iter();
        let json = json.map(|json| ExpectedBody::Json { pointer: json.pointer.clone(), value: json.value.clone() });
        Self { status: success.expect_status.clone(), body: exact.chain(contains).chain(json).collect() }
    }

    fn apply(&self, expect: &mut Expect) {
        if let Some(Statuses(status)) = &self.status {
            expect.status = status.clone();
        }
        expect.body.extend(self.body.iter().cloned());
    }
}

/// Where a running server listens, and the requests that the addresses and routes name.
pub(super) fn running(urls: &[String], args: &Args) -> anyhow::Result<Plan> {
    let mut targets = urls.iter().map(|url| Target::parse(url)).collect::<Result<Vec<_>, _>>()?;
    let mut target = targets.remove(0);
    for (other, url) in targets.iter().zip(&urls[1..]) {
        if (other.is_tls(), other.host(), other.port()) != (target.is_tls(), target.host(), target.port()) {
            bail!("{url}: it is another server than {}; several addresses are requests to one server, in rotation", urls[0]);
        }
    }
    if let Some(socket) = &args.connection.unix_socket {
        target = target.with_unix_socket(socket);
    }
    if !target.is_tls() && (args.connection.ca.is_some() || args.connection.insecure) {
        bail!("--ca and --insecure are about certificates, which only https:// addresses have");
    }
    let mut plan = Plan::get(target);
    plan.requests.extend(targets.iter().map(|target| RequestSpec::get(target.path())));
    let requests = match requests::of_files(args, &plan.target)? {
        None if args.routes.is_empty() => return Ok(plan),
        None => args.routes.iter().map(|route| request(&plan.target, &route.method, &route.path)).collect::<anyhow::Result<_>>()?,
        Some(requests) => requests,
    };
    if urls.len() > 1 || plan.target.path() != "/" {
        bail!("--route, --request-file and --har name the paths: give the address without one, as in http://localhost:3000");
    }
    plan.requests = requests;
    Ok(plan)
}

fn request(server: &Target, method: &str, path: &str) -> anyhow::Result<RequestSpec> {
    let method = method.parse::<Method>().with_context(|| format!("--route {method} {path}: {method} is no method"))?;
    let path = Target::new(server.host(), server.port(), path).with_context(|| format!("--route {method} {path}"))?.path().to_owned();
    Ok(RequestSpec { method, ..RequestSpec::get(&path) })
}

/// The method of requests that do not name one.
pub(super) fn method(requests: &RequestArgs) -> anyhow::Result<Method> {
    match &requests.method {
        Some(method) => method.to_uppercase().parse().with_context(|| format!("--method {method}: it is no HTTP method")),
        None if requests.body.is_some() || requests.body_file.is_some() => Ok(Method::POST),
        None => Ok(Method::GET),
    }
}

/// Writes the options that are about no single request into a plan.
pub(super) fn apply(args: &Args, plan: &mut Plan) -> anyhow::Result<()> {
    let load = &args.load;
    plan.connections = load.connections.unwrap_or(plan.connections);
    if let Some(requests) = load.requests {
        plan.limit = Limit::Requests(requests);
    } else if let Some(duration) = load.duration {
        plan.limit = Limit::Duration(Duration::from_millis(duration));
    }
    if let Some(rate) = load.rate {
        let duration = match plan.limit {
            Limit::Duration(duration) => Some(duration),
            Limit::Requests(_) => None,
        };
        let pace = rate.pace(load.ramp.map(Duration::from_millis), duration);
        plan.pace = pace.context("--rate FROM..TO with --requests needs --ramp TIME: in how much time the rate changes")?;
    }
    plan.max_failures = load.bail.map(|failures| failures - 1).or(plan.max_failures);
    plan.threads = load.threads.map_or(plan.threads, usize::from);
    plan.allowed_hosts.clone_from(&load.allow_host);
    let connection = &args.connection;
    plan.timeout = connection.timeout.map_or(plan.timeout, Duration::from_millis);
    plan.in_flight = connection.pipelining.map_or(plan.in_flight, usize::from);
    plan.keep_alive &= !connection.no_keepalive;
    if connection.http2 {
        plan.protocol = Protocol::Http2;
    }
    plan.tls = tls(connection)?;
    plan.keep_cookies |= args.requests.keep_cookies;
    Ok(())
}

fn tls(connection: &ConnectionArgs) -> anyhow::Result<TlsOptions> {
    let ca_pem = connection.ca.as_ref().map(|file| read(file, "--ca")).transpose()?;
    let options = TlsOptions { ca_pem, insecure: connection.insecure };
    if let (Some(file), Err(error)) = (&connection.ca, options.check()) {
        bail!("--ca {}: {}", file.display(), error.problem);
    }
    Ok(options)
}

/// The bytes of a file that an option names; `-` is standard input.
pub(super) fn read(file: &Path, option: &str) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).with_context(|| format!("{option} -: standard input cannot be read"))?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("{option} {}: it cannot be read", file.display()))
}
