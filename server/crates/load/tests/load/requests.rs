//! What is sent in which order, and what is made of the answers, over a whole run.

use std::path::Path;
use std::sync::{Arc, Mutex};

use load::requests::{from_har, from_json};
use load::{Bytes, ExpectedBody, FailureKind, HeaderValue, Plan, Report, RequestSpec, Rows, Target};

use crate::support::{OK, Server, run};

/// A server that keeps what it is sent and answers request `n` (from 0) of all with `answer(n)`.
fn keeping(answer: fn(usize) -> String) -> (Server, Arc<Mutex<Vec<String>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&kept);
    let server = Server::start(move |mut client| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(head) = client.request().await {
                let length =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
                let body = String::from_utf8(client.body(length).await).unwrap();
                let n = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(head + &body);
                    seen.len() - 1
                };
                client.send(answer(n)).await;
            }
        }
    });
    (server, kept)
}

fn ok(_: usize) -> String {
    OK.to_owned()
}

/// Message of the only kind of failure in the report.
fn message(report: &Report, kind: FailureKind) -> &str {
    assert_eq!(report.errors.keys().collect::<Vec<_>>(), [&kind], "{report:#?}");
    &report.failures[0].message
}

#[tokio::test]
async fn requests_of_a_file_in_rotation_with_placeholders() {
    let (server, kept) = keeping(ok);
    let file = r#"[
        { "path": "/users/{{name}}?n={{n}}", "headers": { "x-name": "{{name}}" }, "expectContains": "ell" },
        { "method": "PUT", "path": "/items", "body": "{\"id\":{{n}},\"{{name}}\":1}", "expectBody": "hello" }
    ]"#;
    let mut plan = server.plan(5);
    plan.requests = from_json(file, Path::new("."), &plan.target).unwrap();
    plan.rows = Rows::from_csv("name\na b\né\nc\n").unwrap();
    let (report, error) = run(&plan).await;
    assert!(error.is_none() && report.completed == 5, "{error:?} {report:#?}");
    let get = |path: &str, name: &str| format!("GET /users/{path} HTTP/1.1\r\nhost: {}\r\nx-name: {name}\r\n\r\n", server.address);
    let put = |body: &str| format!("PUT /items HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n{body}", server.address, body.len());
    let expected =
        [get("a%20b?n=0", "a b"), put("{\"id\":1,\"a b\":1}"), get("%C3%A9?n=2", "é"), put("{\"id\":3,\"é\":1}"), get("c?n=4", "c")];
    assert_eq!(*kept.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_recording_is_sent_to_the_target() {
    let (server, kept) =
        keeping(|n| format!("HTTP/1.1 {}\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", ["302 Found", "201 Created"][n % 2]));
    let har = r#"{ "log": { "entries": [
        { "request": { "method": "GET", "url": "https://shop.example/{{a}}", "headers": [{ "name": "Host", "value": "shop.example" }] },
          "response": { "status": 302 } },
        { "request": { "method": "POST", "url": "https://shop.example/b", "headers": [{ "name": "X-A", "value": "1" }],
          "postData": { "mimeType": "text/plain", "text": "{{n}}" } }, "response": { "status": 201 } }
    ] } }"#;
    let mut plan = server.plan(2);
    let recorded = from_har(har, &plan.target).unwrap();
    assert_eq!((recorded.origin.as_str(), recorded.skipped.len()), ("https://shop.example", 0));
    plan.requests = recorded.requests;
    let (report, _) = run(&plan).await;
    assert_eq!((report.completed, report.statuses), (2, [(201, 1), (302, 1)].into()));
    let expected = [
        format!("GET /%7B%7Ba%7D%7D HTTP/1.1\r\nhost: {}\r\n\r\n", server.address),
        format!("POST /b HTTP/1.1\r\nhost: {}\r\nx-a: 1\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\n{{{{n}}}}", server.address),
    ];
    assert_eq!(*kept.lock().unwrap(), expected);
}

#[tokio::test]
async fn cookies_are_sent_back() {
    let answer = |n: usize| {
        let set_cookie =
            ["sid=1; Path=/; HttpOnly\r\nset-cookie: lang=en", "sid=2", "lang=; Max-Age=0", "x=y; Expires=Thu, 01 Jan 1970 00:00:00 GMT"];
        format!("HTTP/1.1 200 OK\r\nset-cookie: {}\r\ncontent-length: 0\r\n\r\n", set_cookie[n.min(3)])
    };
    let (server, kept) = keeping(answer);
    let mut plan = server.plan(4);
    plan.first_mut().headers.insert("cookie", HeaderValue::from_static("theme=dark"));
    let cookies = |kept: &Mutex<Vec<String>>| {
        let kept = std::mem::take(&mut *kept.lock().unwrap());
        kept.iter().map(|head| head.lines().filter(|line| line.starts_with("cookie: ")).collect::<String>()).collect::<Vec<_>>()
    };
    run(&plan).await;
    assert_eq!(cookies(&kept), ["cookie: theme=dark"; 4]);
    let (server, kept) = keeping(answer);
    plan.target = server.plan(1).target;
    plan.keep_cookies = true;
    run(&plan).await;
    let expected =
        ["cookie: theme=dark", "cookie: theme=dark; sid=1; lang=en", "cookie: theme=dark; sid=2; lang=en", "cookie: theme=dark; sid=2"];
    assert_eq!(cookies(&kept), expected);
}

#[tokio::test]
async fn bodies_are_judged_across_chunks() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"id\":\r\n4\r\n 7,\"\r\n7\r\na\":\"b\"}\r\n0\r\n\r\n",
    );
    let check = async |expected: ExpectedBody, problem: Option<&str>| {
        let mut plan = server.plan(3);
        plan.first_mut().expect.body = vec![expected];
        let (report, _) = run(&plan).await;
        match problem {
            None => assert_eq!(report.completed, 3, "{report:#?}"),
            Some(problem) => {
                assert_eq!(message(&report, FailureKind::BodyMismatch), problem);
                assert_eq!((report.failed, report.failures[0].body.as_str()), (3, "{\"id\": 7,\"a\":\"b\"}"));
            }
        }
    };
    let json = |pointer: &str, value: serde_json::Value| ExpectedBody::Json { pointer: pointer.into(), value };
    check(ExpectedBody::Contains(Bytes::from("7,\"a\":\"")), None).await;
    check(ExpectedBody::Contains(Bytes::from("nowhere")), Some("the body of 17 bytes does not contain \"nowhere\"")).await;
    check(json("/id", 7.into()), None).await;
    check(json("/a", "c".into()), Some("/a is \"b\", \"c\" was expected")).await;
}

#[tokio::test]
async fn redirects_are_failures_and_told() {
    let server = Server::answering("HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 4\r\n\r\nmove");
    let (report, _) = run(&server.plan(2)).await;
    assert_eq!(message(&report, FailureKind::Status), "unexpected status 302: the redirect to /login is not followed");
    assert_eq!((report.failed, report.failures[0].body.as_str()), (2, "move"));
}

#[tokio::test]
async fn a_compressed_body_is_named() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f?\x08");
    let mut plan = server.plan(1);
    plan.first_mut().expect.body = vec![ExpectedBody::Contains(Bytes::from("hello"))];
    let (report, _) = run(&plan).await;
    let message = message(&report, FailureKind::BodyMismatch);
    assert!(message.contains("compressed (gzip)") && message.contains("accept-encoding: identity"), "{message}");
}

#[cfg(unix)]
#[tokio::test]
async fn goes_through_a_unix_socket() {
    use std::io::{Read, Write};
    let folder = std::env::temp_dir().join(format!("tickmark-load-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("app.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            received.extend_from_slice(&buffer[..read]);
            if received.ends_with(b"\r\n\r\n") {
                stream.write_all(OK.as_bytes()).unwrap();
            }
        }
        String::from_utf8(received).unwrap()
    });
    let target = Target::parse("http://example.com/a").unwrap().with_unix_socket(&path);
    let plan = Plan { connections: 1, limit: load::Limit::Requests(2), requests: vec![RequestSpec::get("/a")], ..Plan::get(target) };
    // Another host is named, but the server is on this machine.
    let (report, error) = run(&plan).await;
    assert!(error.is_none() && report.completed == 2, "{error:?}");
    assert_eq!(server.join().unwrap(), "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n".repeat(2));
    std::fs::remove_dir_all(&folder).unwrap();
}
