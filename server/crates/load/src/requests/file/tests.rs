use http::Method;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::plan::Plan;
use crate::requests::Compiled;

fn target() -> Target {
    Target::parse("http://localhost:3000/ignored").unwrap()
}

fn read(text: &str) -> Result<Vec<RequestSpec>, RequestsError> {
    from_json(text, Path::new("/nowhere"), &target())
}

#[test]
fn reads_requests() {
    let text = r#"[
        {},
        { "url": "http://LOCALHOST:3000/a?b={{ n }}#c", "method": "DELETE", "placeholders": false },
        { "path": "/items", "headers": { "x-b": "2", "x-a": ["1", 2] }, "body": { "z": 1.50, "a": "{{n}}" },
          "status": [200, 201], "expectBody": "ok", "expectContains": ["o", "k"], "expectJson": { "/b": 1, "": null } },
        { "body": "text", "method": "PUT", "headers": {}, "status": 404, "expectBody": [1], "expectContains": "é" }
    ]"#;
    let specs = read(text).unwrap();
    assert_eq!(specs[0], RequestSpec { placeholders: true, ..RequestSpec::get("/") });
    assert_eq!((specs[1].path.as_str(), &specs[1].method, specs[1].placeholders), ("/a?b={{ n }}", &Method::DELETE, false));
    assert_eq!((&specs[2].method, specs[2].body.as_ref()), (&Method::POST, br#"{"z":1.5,"a":"{{n}}"}"#.as_slice()));
    let headers: Vec<_> = specs[2].headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    assert_eq!(headers, ["x-b: 2", "x-a: 1", "x-a: 2", "content-type: application/json"]);
    assert_eq!(specs[2].expect.status, ExpectedStatus::OneOf(vec![200, 201]));
    let contains = |text: &'static str| ExpectedBody::Contains(Bytes::from_static(text.as_bytes()));
    let at = |pointer: &str, value| ExpectedBody::Json { pointer: pointer.into(), value };
    assert_eq!(
        specs[2].expect.body,
        [ExpectedBody::Exact("ok".into()), contains("o"), contains("k"), at("/b", json!(1)), at("", json!(null))]
    );
    assert_eq!((&specs[3].method, specs[3].body.as_ref()), (&Method::PUT, b"text".as_slice()));
    assert_eq!(specs[3].expect, Expect { status: ExpectedStatus::OneOf(vec![404]), body: vec![at("", json!([1])), contains("é")] });
    assert!(specs[3].headers.is_empty());
}

#[test]
fn a_given_content_type_counts() {
    for text in [
        r#"[{ "headers": { "Content-Type": "application/x+json" }, "body": {} }]"#,
        r#"[{ "body": {}, "headers": { "Content-Type": "application/x+json" } }]"#,
    ] {
        let specs = read(text).unwrap();
        let types: Vec<_> = specs[0].headers.get_all("content-type").iter().collect();
        assert_eq!(types, ["application/x+json"]);
    }
}

#[test]
fn reads_bodies_from_files() {
    let folder = std::env::temp_dir().join(format!("tickmark-load-requests-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.bin"), [0, 255, b'{']).unwrap();
    let specs = from_json(r#"[{ "bodyFile": "a.bin" }]"#, &folder, &target()).unwrap();
    assert_eq!((&specs[0].method, specs[0].body.as_ref()), (&Method::POST, [0, 255, b'{'].as_slice()));
    let missing = from_json(r#"[{}, { "bodyFile": "b.bin" }]"#, &folder, &target()).unwrap_err().to_string();
    assert!(missing.starts_with("request 2, \"bodyFile\": ") && missing.contains("b.bin cannot be read"), "{missing}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn says_what_is_wrong_and_where() {
    let check = |text: &str, expected: &str| {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    };
    check("", "not JSON: EOF");
    check("[{]", "not JSON: key must be a string at line 1 column 3");
    check("{}", "an array of requests, as in [{ \"path\": \"/\" }], and this is an object");
    check("[]", "at least one");
    check("[{}, 1]", "request 2, \"\": is a number, an object was expected");
    check(r#"[{ "Path": "/" }]"#, "request 1, \"Path\": is not known: there are method, path, url, headers, body,");
    check(r#"[{ "path": "/", "path": "/" }]"#, "request 1, \"path\": is given twice");
    check(r#"[{ "path": "/", "url": "http://localhost:3000/" }]"#, "request 1, \"url\": \"path\" is given too");
    check(r#"[{ "body": "", "bodyFile": "a" }]"#, "request 1, \"bodyFile\": \"body\" is given too");
    check(r#"[{ "path": 1 }]"#, "request 1, \"path\": is a number, a string was expected");
    check(r#"[{ "method": "A B" }]"#, "request 1, \"method\": \"A B\" is not a method");
    check(r#"[{ "url": "https://localhost:3000/" }]"#, "one run loads one server; write \"path\"");
    check(r#"[{ "url": "http://127.0.0.1:3000/" }]"#, "is not of the server that is loaded, http://localhost:3000/ignored");
    check(r#"[{ "url": "/a" }]"#, "as in http://localhost:3000/");
    check(r#"[{ "headers": [] }]"#, "request 1, \"headers\": is an array, an object was expected");
    check(r#"[{ "headers": { "a b": "1" } }]"#, "\"a b\" is not the name of a header");
    check(r#"[{ "headers": { "a": "1\n2" } }]"#, "the value of a has characters that no header may have");
    check(r#"[{ "headers": { "a": null } }]"#, "a is null, a string was expected");
    check(r#"[{ "placeholders": "no" }]"#, "true or false was expected");
    check(r#"[{ "status": "200" }]"#, "request 1, \"status\": is a string, a status or several were expected");
    check(r#"[{ "status": [] }]"#, "is empty");
    check(r#"[{ "status": 99 }]"#, "99 is not the status of a response");
    check(r#"[{ "status": 200.5 }]"#, "200.5 is not the status of a response");
    check(r#"[{ "expectContains": 1 }]"#, "is a number, a string was expected");
    check(r#"[{ "expectJson": [1] }]"#, "is an array, an object of JSON pointers was expected");
    check(r#"[{ "expectJson": { "a": 1 } }]"#, "\"a\" is not a JSON pointer");
}

proptest! {
    #[test]
    fn any_request_is_taken_or_refused(
        key in prop::sample::select(KEYS.to_vec()),
        value in prop::sample::select(vec![
            "null", "true", "1", "-1", "1e99", "\"\"", "\"/\"", "\"{{\"", "\"{{n}}\"", "\"http://localhost:3000/{{n\"", "[]", "[\"a\"]",
            "{}", "{\"a\":\"{{n}}\"}", "{\"\":1}", "{\"/a\":{}}",
        ]),
    ) {
        if let Ok(requests) = read(&format!("[{{\"{key}\":{value}}}]")) {
            let plan = Plan { requests, ..Plan::get(target()) };
            if let Ok(compiled) = Compiled::new(&plan) {
                compiled.write_http1(1, None, &mut Vec::new());
                compiled.http2(1, None);
            }
        }
    }
}
