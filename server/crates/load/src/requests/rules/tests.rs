use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use super::*;
use crate::expect::ExpectedStatus;
use crate::requests::Compiled;
use crate::target::Target;

fn plan() -> Plan {
    Plan::get(Target::parse("http://localhost:3000/a").unwrap())
}

fn refused(plan: &Plan, field: &str, says: &str) {
    let error = Compiled::new(plan).unwrap_err();
    assert!(error.field == field && error.problem.contains(says), "{error}");
}

#[test]
fn requests() {
    let check = |change: fn(&mut RequestSpec), field: &str, says: &str| {
        let mut plan = plan();
        change(plan.first_mut());
        refused(&plan, field, says);
    };
    check(|spec| spec.method = Method::CONNECT, "method", "tunnel");
    check(
        |spec| {
            spec.method = Method::TRACE;
            spec.body = Bytes::from("x");
        },
        "body",
        "TRACE",
    );
    check(|spec| spec.path = "a".into(), "path", "does not begin with /");
    check(|spec| spec.path = String::new(), "path", "does not begin with /");
    check(|spec| spec.path = "http://a/".into(), "path", "path and query only");
    check(|spec| spec.path = "*".into(), "path", "OPTIONS");
    check(|spec| spec.path = "/a#b".into(), "path", "%23");
    check(
        |spec| {
            spec.path = "{{n}}/".into();
            spec.placeholders = true;
        },
        "path",
        "does not begin with /",
    );
    for (field, place) in [("path", 0), ("headers", 1), ("body", 2)] {
        let mut plan = plan();
        let spec = plan.first_mut();
        spec.placeholders = true;
        match place {
            0 => spec.path = "/{{id}}".into(),
            1 => drop(spec.headers.insert("x-id", HeaderValue::from_static("{{id}}"))),
            _ => spec.body = Bytes::from("{{id}}"),
        }
        refused(&plan, field, "there are {{n}}, {{uuid}} and, with rows");
    }
}

#[test]
fn expectations() {
    let check = |change: fn(&mut RequestSpec), says: &str| {
        let mut plan = plan();
        change(plan.first_mut());
        refused(&plan, "expect", says);
    };
    check(|spec| spec.expect.status = ExpectedStatus::OneOf(Vec::new()), "no status");
    check(|spec| spec.expect.status = ExpectedStatus::OneOf(vec![200, 100]), "status 100");
    check(|spec| spec.expect.body = vec![ExpectedBody::Json { pointer: "id".into(), value: 1.into() }], "RFC 6901");
    for body in
        [ExpectedBody::Exact("x".into()), ExpectedBody::Contains("x".into()), ExpectedBody::Json { pointer: "".into(), value: 1.into() }]
    {
        let mut plan = plan();
        plan.first_mut().method = Method::HEAD;
        plan.first_mut().expect.body = vec![body];
        refused(&plan, "expect", "HEAD has no body");
    }
    let mut plan = plan();
    plan.first_mut().method = Method::HEAD;
    plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::new()), ExpectedBody::Contains(Bytes::new())];
    Compiled::new(&plan).unwrap();
}

#[test]
fn headers() {
    let with = |protocol: Protocol, headers: &[(&'static str, &'static str)]| {
        let mut plan = plan();
        plan.protocol = protocol;
        for (name, value) in headers {
            plan.first_mut().headers.append(*name, HeaderValue::from_static(value));
        }
        plan
    };
    let check = |protocol: Protocol, headers: &[(&'static str, &'static str)], says: &str| {
        refused(&with(protocol, headers), "headers", says);
    };
    for protocol in [Protocol::Http1, Protocol::Http2] {
        check(protocol, &[("content-length", "3")], "follows from the body");
        check(protocol, &[("transfer-encoding", "chunked")], "follows from the body");
        check(protocol, &[("upgrade", "websocket")], "end HTTP");
        check(protocol, &[("connection", "close")], if protocol == Protocol::Http1 { "keep-alive" } else { "HTTP/2" });
        check(protocol, &[("host", "a"), ("host", "a")], "twice");
        check(protocol, &[("host", "")], "no host");
        check(protocol, &[("host", "a b")], "no host");
        check(protocol, &[("host", "u@a")], "no host");
        check(protocol, &[("host", "a/b")], "no host");
    }
    check(Protocol::Http1, &[("connection", "upgrade")], "leave it out");
    for name in ["keep-alive", "proxy-connection", "http2-settings"] {
        check(Protocol::Http2, &[(name, "x")], "RFC 9113");
        Compiled::new(&with(Protocol::Http1, &[(name, "x")])).unwrap();
    }
    check(Protocol::Http2, &[("connection", "keep-alive")], "RFC 9113");
    check(Protocol::Http2, &[("te", "gzip")], "trailers");
    Compiled::new(&with(Protocol::Http2, &[("te", "trailers"), ("host", "a:80")])).unwrap();
    Compiled::new(&with(Protocol::Http1, &[("connection", "Keep-Alive"), ("te", "gzip"), ("expect", "100-continue")])).unwrap();
}

#[test]
fn rows() {
    let with = |columns: &[&str], rows: &[&[&str]], path: &str, header: &'static str| {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut plan = plan();
        plan.rows = Rows { columns: own(columns), rows: Arc::new(rows.iter().map(|row| own(row)).collect()) };
        let spec = plan.first_mut();
        spec.placeholders = true;
        spec.path = path.into();
        spec.headers.insert("x-id", HeaderValue::from_static(header));
        plan
    };
    refused(&with(&["id"], &[], "/{{id}}", ""), "rows", "columns without rows");
    refused(&with(&[], &[&[]], "/", ""), "rows", "columns without rows");
    refused(&with(&["uuid"], &[&["1"]], "/", ""), "rows", "name of a placeholder");
    refused(&with(&["id", "id"], &[&["1", "2"]], "/", ""), "rows", "two columns id");
    refused(&with(&["id"], &[&["1"], &["1", "2"]], "/{{id}}", ""), "rows", "row 2 has 2 values for 1 columns");
    refused(&with(&["id"], &[&["1"]], "/", ""), "rows", "no request uses them: write {{id}}");
    refused(&with(&["id"], &[&["1"], &["a\r\nb: c"]], "/", "{{id}}"), "rows", "id of row 2 has the character '\\r'");
    refused(&with(&["id"], &[&["a\0"]], "/", "{{id}}"), "rows", "which the header x-id cannot hold");
    // A path encodes what a header cannot hold.
    Compiled::new(&with(&["id"], &[&["a\r\nb"]], "/{{id}}", "")).unwrap();
    Compiled::new(&with(&["id"], &[&["é\t"]], "/", "{{id}}")).unwrap();
    let mut plan = with(&["id"], &[&["a"], &["b c"]], "/", "");
    plan.first_mut().headers.insert("host", HeaderValue::from_static("{{id}}.example.com"));
    refused(&plan, "headers", "\"b c.example.com\" is no host");
}

#[test]
fn the_request_is_named_among_several() {
    let mut plan = plan();
    plan.requests.push(RequestSpec { method: Method::CONNECT, ..RequestSpec::get("/b") });
    refused(&plan, "method", "request 2 of 2 (CONNECT /b): CONNECT opens");
}

#[test]
fn long_paths_are_for_http1() {
    let mut plan = plan();
    plan.first_mut().path = format!("/{}", "a".repeat(70_000));
    Compiled::new(&plan).unwrap();
    plan.protocol = Protocol::Http2;
    refused(&plan, "path", "65000 bytes");
}
