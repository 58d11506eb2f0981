use std::sync::Arc;

use http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::target::Target;

fn plan(url: &str) -> Plan {
    Plan::get(Target::parse(url).unwrap())
}

fn header(plan: &mut Plan, name: &'static str, value: &'static str) {
    plan.first_mut().headers.append(name, HeaderValue::from_static(value));
}

fn cookies(given: &[&str]) -> Cookies {
    let mut cookies = Cookies::default();
    for set_cookie in given {
        cookies.store(set_cookie.as_bytes());
    }
    cookies
}

fn http1(plan: &Plan, n: u64, cookies: Option<&Cookies>) -> String {
    let mut out = b"before".to_vec();
    Compiled::new(plan).unwrap().write_http1(n, cookies, &mut out);
    String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned()
}

fn rows(columns: &[&str], rows: &[&[&str]]) -> Rows {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Rows { columns: own(columns), rows: Arc::new(rows.iter().map(|row| own(row)).collect()) }
}

#[test]
fn writes_http1() {
    let check = |url: &str, change: fn(&mut Plan), expected: &str| {
        let mut plan = plan(url);
        change(&mut plan);
        assert_eq!(http1(&plan, 3, None), expected);
        // Without cookies to send, a connection that keeps them sends the same.
        assert_eq!(http1(&plan, 3, Some(&Cookies::default())), expected);
    };
    check("http://localhost:3000/a?b", |_| {}, "GET /a?b HTTP/1.1\r\nhost: localhost:3000\r\n\r\n");
    check("http://[::1]/", |plan| plan.keep_alive = false, "GET / HTTP/1.1\r\nhost: [::1]\r\nconnection: close\r\n\r\n");
    check("http+unix://%2Ftmp%2Fa/x", |_| {}, "GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n");
    check(
        "https://a:8443/",
        |plan| {
            header(plan, "x-b", "2");
            header(plan, "x-a", "1");
            header(plan, "host", "example.com");
            header(plan, "x-b", "3");
            plan.first_mut().method = Method::PUT;
            plan.first_mut().body = Bytes::from("hello");
        },
        "PUT / HTTP/1.1\r\nhost: example.com\r\nx-b: 2\r\nx-b: 3\r\nx-a: 1\r\ncontent-length: 5\r\n\r\nhello",
    );
    check("http://a/", |plan| plan.first_mut().method = Method::POST, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    check("http://a/", |plan| plan.first_mut().method = Method::DELETE, "DELETE / HTTP/1.1\r\nhost: a\r\n\r\n");
    // Nothing is replaced without being asked for, and braces are encoded in a path.
    check("http://a/{{n}}", |plan| plan.first_mut().body = Bytes::from("{{n}}"), {
        "GET /%7B%7Bn%7D%7D HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n{{n}}"
    });
    // No line end gets into a request line.
    check("http://a/", |plan| plan.first_mut().path = "/a b\r\nx: é".into(), "GET /a%20b%0D%0Ax:%20%C3%A9 HTTP/1.1\r\nhost: a\r\n\r\n");
    check(
        "http://a/",
        |plan| {
            plan.first_mut().method = Method::OPTIONS;
            plan.first_mut().path = "*".into();
        },
        "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
    );
}

#[test]
fn writes_placeholders() {
    let mut plan = plan("http://localhost/{{name}}?n={{n}}");
    plan.rows = rows(&["name", "length"], &[&["a b", "1"], &["é", "22"]]);
    header(&mut plan, "x-{{n}}".split('{').next().unwrap(), "{{length}}-{{n}}");
    plan.first_mut().headers.clear();
    header(&mut plan, "x-length", "{{length}}-{{n}}");
    plan.first_mut().body = Bytes::from("{\"name\":\"{{name}}\",\"n\":{{n}}}");
    plan.first_mut().placeholders = true;
    let head = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n");
    let expected =
        |path: &str, length: &str, body: &str| format!("{}x-length: {length}\r\ncontent-length: {}\r\n\r\n{body}", head(path), body.len());
    assert_eq!(http1(&plan, 0, None), expected("/a%20b?n=0", "1-0", "{\"name\":\"a b\",\"n\":0}"));
    assert_eq!(http1(&plan, 11, None), expected("/%C3%A9?n=11", "22-11", "{\"name\":\"é\",\"n\":11}"));
}

#[test]
fn requests_are_in_rotation() {
    let mut plan = plan("http://a/0");
    plan.requests.push(RequestSpec { method: Method::POST, ..RequestSpec::get("/1") });
    plan.requests.push(RequestSpec::get("/2"));
    let compiled = Compiled::new(&plan).unwrap();
    for n in 0..7 {
        let mut out = Vec::new();
        compiled.write_http1(n, None, &mut out);
        let index = compiled.index(n);
        assert_eq!(index, n as usize % 3);
        assert_eq!(compiled.spec(index).path, format!("/{index}"));
        assert_eq!(compiled.is_idempotent(index), index != 1);
        assert!(String::from_utf8(out).unwrap().contains(&format!(" /{index} HTTP")));
    }
}

#[test]
fn cookies_are_one_header() {
    let check = |fixed: &[&'static str], kept: &[&str], expected: &str| {
        let mut plan = plan("http://a/");
        plan.first_mut().placeholders = true;
        header(&mut plan, "x-a", "1");
        for value in fixed {
            header(&mut plan, "cookie", value);
        }
        header(&mut plan, "x-b", "2");
        let kept = cookies(kept);
        let text = http1(&plan, 7, Some(&kept));
        assert_eq!(text, format!("GET / HTTP/1.1\r\nhost: a\r\n{expected}\r\n\r\n"));
        plan.protocol = Protocol::Http2;
        let request = Compiled::new(&plan).unwrap().http2(7, Some(&kept));
        let lines = expected.lines().filter_map(|line| line.strip_prefix("cookie: "));
        assert!(request.headers().get_all("cookie").iter().eq(lines));
    };
    check(&[], &[], "x-a: 1\r\nx-b: 2");
    check(&[], &["s=1", "t=2"], "x-a: 1\r\nx-b: 2\r\ncookie: s=1; t=2");
    check(&["s=0; u={{n}}"], &[], "x-a: 1\r\ncookie: s=0; u=7\r\nx-b: 2");
    check(&["s=0; u={{n}};"], &["s=1"], "x-a: 1\r\ncookie: u=7; s=1\r\nx-b: 2");
    check(&["s=0"], &["s=1"], "x-a: 1\r\ncookie: s=1\r\nx-b: 2");
    check(&["s=0", "odd; t=0"], &["x=1"], "x-a: 1\r\ncookie: s=0; odd; t=0; x=1\r\nx-b: 2");
}

#[test]
fn makes_http2() {
    let mut plan = plan("https://localhost/a?b={{n}}");
    plan.protocol = Protocol::Http2;
    plan.first_mut().method = Method::POST;
    plan.first_mut().placeholders = true;
    plan.first_mut().body = Bytes::from("n {{n}}");
    header(&mut plan, "x-a", "{{n}}");
    let compiled = Compiled::new(&plan).unwrap();
    let request = compiled.http2(12, None);
    assert_eq!((request.method(), request.uri().to_string().as_str()), (&Method::POST, "https://localhost/a?b=12"));
    let headers: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(headers, [("x-a", b"12".as_slice()), ("content-length", b"4")]);
    assert_eq!(request.body(), "n 12");
    // The host given is the authority.
    header(&mut plan, "host", "example.com:1");
    let request = Compiled::new(&plan).unwrap().http2(0, None);
    assert_eq!(request.uri().authority().unwrap(), "example.com:1");
    assert!(!request.headers().contains_key("host"));
}

#[test]
fn static_requests_are_copied() {
    let compiled = Compiled::new(&plan("http://a/")).unwrap();
    assert!(compiled.requests[0].whole.is_some());
    let mut out = Vec::with_capacity(4096);
    let start = out.as_ptr();
    for n in 0..50 {
        compiled.write_http1(n, None, &mut out);
    }
    assert_eq!(out.as_ptr(), start);
}

proptest! {
    /// Whatever the rows hold: one request comes out, with the body it announces.
    #[test]
    fn what_is_written_is_one_request(value in "[ -~é\t\r\n\0{}]{0,8}", path in "/[a?{} é%]{0,6}", header in "[a{} ]{0,4}", n: u64) {
        let mut plan = plan("http://localhost/");
        plan.rows = rows(&["id"], &[&[&value], &["2"]]);
        let spec = plan.first_mut();
        spec.placeholders = true;
        spec.path = format!("{path}/{{{{id}}}}");
        spec.headers.insert("x-id", HeaderValue::from_str(&format!("{header}{{{{id}}}}")).unwrap());
        spec.body = Bytes::from("{{id}} and {{n}}");
        let Ok(compiled) = Compiled::new(&plan) else { return Ok(()) };
        let mut out = Vec::new();
        compiled.write_http1(n, Some(&cookies(&["a=1"])), &mut out);
        let mut headers = [httparse::EMPTY_HEADER; 8];
        let mut request = httparse::Request::new(&mut headers);
        let head = request.parse(&out).unwrap().unwrap();
        let value = if n % 2 == 0 { value.as_str() } else { "2" };
        let body = format!("{value} and {n}");
        prop_assert_eq!(&out[head..], body.as_bytes());
        let length = body.len().to_string();
        let found: Vec<_> = request.headers.iter().map(|header| header.name).collect();
        prop_assert_eq!(found, ["host", "x-id", "cookie", "content-length"]);
        prop_assert_eq!(request.headers[3].value, length.as_bytes());
        let http2 = compiled.http2(n, None);
        prop_assert_eq!(Some(http2.uri().path_and_query().unwrap().as_str()), request.path);
        prop_assert_eq!(http2.body(), body.as_bytes());
    }
}
