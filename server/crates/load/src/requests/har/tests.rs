use serde_json::json;

use super::*;

const TARGET: &str = "http://localhost:3000/";

fn read(har: &Value, options: HarOptions) -> Result<HarRequests, RequestsError> {
    from_har_with(&har.to_string(), &Target::parse(TARGET).unwrap(), options)
}

fn har(entries: Vec<Value>) -> Value {
    json!({ "log": { "version": "1.2", "creator": { "name": "x", "version": "1" }, "entries": entries } })
}

/// An entry as browsers write it, with `change` merged into its request.
fn entry(url: &str, change: Value) -> Value {
    let mut request = json!({
        "method": "GET", "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "queryString": [],
        "headers": [], "headersSize": -1, "bodySize": 0,
    });
    if let (Value::Object(request), Value::Object(change)) = (&mut request, change) {
        request.extend(change);
    }
    json!({
        "startedDateTime": "2024-01-01T00:00:00.000Z", "time": 3.2, "request": request, "cache": {}, "timings": {},
        "response": { "status": 200, "statusText": "OK", "headers": [], "content": { "size": 0, "mimeType": "text/html", "text": "é\\n" } },
    })
}

fn headers(spec: &RequestSpec) -> Vec<String> {
    spec.headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))).collect()
}

#[test]
fn reads_requests_of_the_targets_origin() {
    let mut gone = entry("http://localhost:3000/gone", json!({ "method": "DELETE" }));
    gone["response"]["status"] = 404.into();
    let entries = vec![
        entry("https://cdn.example/a.js", json!({})),
        entry("https://cdn.example/b.js", json!({})),
        entry("http://localhost:3000/a?b=%20{{n}}#c", json!({})),
        gone,
    ];
    let result = read(&har(entries), HarOptions::default()).unwrap();
    assert_eq!(result.origin, "http://localhost:3000");
    let taken: Vec<_> = result.requests.iter().map(|spec| (spec.method.as_str(), spec.path.as_str(), &spec.expect.status)).collect();
    let one = |status| ExpectedStatus::OneOf(vec![status]);
    assert_eq!(taken, [("GET", "/a?b=%20{{n}}", &one(200)), ("DELETE", "/gone", &one(404))]);
    assert!(result.requests.iter().all(|spec| !spec.placeholders));
    let another = "of another origin, https://cdn.example".to_owned();
    assert_eq!(result.skipped, [("https://cdn.example/a.js".into(), another.clone()), ("https://cdn.example/b.js".into(), another)]);
    let result = read(&har(vec![entry("http://localhost:3000/", json!({}))]), HarOptions { status: false, cookies: true }).unwrap();
    assert_eq!(result.requests, [RequestSpec::get("/")]);
}

#[test]
fn a_recording_of_another_server_is_taken_where_most_was_asked() {
    let urls =
        ["https://cdn.example/a", "https://shop.example/b", "http://shop.example/c", "https://shop.example:443/d", "data:text/plain,x"];
    let result = read(&har(urls.iter().map(|url| entry(url, json!({}))).collect()), HarOptions::default()).unwrap();
    assert_eq!(result.origin, "https://shop.example");
    let paths: Vec<_> = result.requests.iter().map(|spec| spec.path.as_str()).collect();
    assert_eq!(paths, ["/b", "/d"]);
    assert_eq!(result.skipped.len(), 3);
}

#[test]
fn headers_of_the_connection_are_left_out() {
    let given = json!({ "headers": [
        { "name": ":authority", "value": "localhost:3000" }, { "name": ":path", "value": "/" },
        { "name": "Host", "value": "localhost:3000" }, { "name": "Connection", "value": "keep-alive, X-Hop" },
        { "name": "X-Hop", "value": "1" }, { "name": "Accept-Encoding", "value": "gzip, br" }, { "name": "Keep-Alive", "value": "5" },
        { "name": "TE", "value": "trailers" }, { "name": "Transfer-Encoding", "value": "chunked" }, { "name": "Upgrade", "value": "h2c" },
        { "name": "cookie", "value": "a=1" }, { "name": "X-A", "value": "1" }, { "name": "Cookie", "value": "b=2" },
        { "name": "x-a", "value": "é" }, { "name": "Expect", "value": "100-continue" },
    ]});
    let har = har(vec![entry(TARGET, given)]);
    let check = |cookies: bool, expected: &[&str]| {
        let result = read(&har, HarOptions { cookies, status: true }).unwrap();
        assert_eq!(headers(&result.requests[0]), expected);
    };
    check(true, &["accept-encoding: gzip, br", "x-a: 1", "x-a: é", "cookie: a=1; b=2"]);
    check(false, &["accept-encoding: gzip, br", "x-a: 1", "x-a: é"]);
}

#[test]
fn cookies_may_be_listed_apart() {
    let cookies = json!({ "cookies": [{ "name": "a", "value": "1", "path": "/" }, { "name": "b", "value": "" }] });
    let result = read(&har(vec![entry(TARGET, cookies)]), HarOptions::default()).unwrap();
    assert_eq!(headers(&result.requests[0]), ["cookie: a=1; b="]);
}

#[test]
fn reads_bodies() {
    let check = |post: Value, expected: &[u8], content_type: &str| {
        let change = json!({ "method": "POST", "postData": post, "bodySize": expected.len() });
        let spec = read(&har(vec![entry(TARGET, change)]), HarOptions::default()).unwrap().requests.remove(0);
        assert_eq!(spec.body.as_ref(), expected);
        assert_eq!(spec.headers.get("content-type").map_or("", |value| value.to_str().unwrap()), content_type);
    };
    check(json!({ "mimeType": "application/json", "text": "{\"é\":1}" }), "{\"é\":1}".as_bytes(), "application/json");
    check(json!({ "mimeType": "a/b", "text": "AP8=", "encoding": "base64" }), &[0, 255], "a/b");
    check(json!({ "mimeType": "", "text": "x" }), b"x", "");
    let form = "application/x-www-form-urlencoded; charset=UTF-8";
    let params = json!([{ "name": "a b", "value": "1&2" }, { "name": "c", "value": "%20" }, { "name": "d" }]);
    check(json!({ "mimeType": form, "params": params }), b"a+b=1%262&c=%20&d=", form);
    check(json!({ "mimeType": form, "text": "a=1", "params": params }), b"a=1", form);
    check(Value::Null, b"", "");
    // The header counts more than the type of the body.
    let headers = json!([{ "name": "Content-Type", "value": "x/y" }]);
    let change = json!({ "method": "POST", "headers": headers, "postData": { "mimeType": "a/b", "text": "1" } });
    let spec = read(&har(vec![entry(TARGET, change)]), HarOptions::default()).unwrap().requests.remove(0);
    assert_eq!(spec.headers.get_all("content-type").iter().collect::<Vec<_>>(), ["x/y"]);
}

#[test]
fn what_cannot_be_sent_is_told() {
    let check = |mut entry: Value, response: Option<Value>, cache: Option<Value>, reason: &str| {
        if let Some(response) = response {
            entry["response"] = response;
        }
        if let Some(cache) = cache {
            entry["_fromCache"] = cache;
        }
        let result = read(&har(vec![self::entry(TARGET, json!({})), entry]), HarOptions::default()).unwrap();
        assert!(result.skipped.len() == 1 && result.skipped[0].1.contains(reason), "{:?}", result.skipped);
    };
    let plain = || entry("http://localhost:3000/b", json!({}));
    check(plain(), Some(json!({ "status": 0 })), None, "no response");
    check(plain(), Some(json!({ "status": -1 })), None, "no response");
    check(plain(), Some(Value::Null), None, "no response");
    check(plain(), Some(json!({ "status": 101 })), None, "WebSocket");
    check(plain(), None, Some("disk".into()), "browser's cache (_fromCache is \"disk\")");
    check(plain(), None, Some(true.into()), "browser's cache");
    check(entry("ws://localhost:3000/", json!({})), None, None, "only http://");
    check(entry("http://localhost:3000/", json!({ "method": "CONNECT" })), None, None, "tunnel");
    check(entry("http://localhost:3000/", json!({ "method": "A B" })), None, None, "not a method");
    check(entry("http://localhost:3000/", json!({ "method": "POST", "bodySize": 3 })), None, None, "not recorded");
    let headers = |name: &str, value: &str| json!({ "headers": [{ "name": name, "value": value }] });
    check(entry("http://localhost:3000/", headers("Content-Length", "3")), None, None, "not recorded");
    check(entry("http://localhost:3000/", headers("a b", "3")), None, None, "\"a b\" is not the name");
    check(entry("http://localhost:3000/", headers("a", "1\n2")), None, None, "its header a has characters");
    let post = |post: Value| entry("http://localhost:3000/", json!({ "method": "POST", "postData": post }));
    check(post(json!({ "mimeType": "a/b", "text": "!", "encoding": "base64" })), None, None, "base64");
    check(post(json!({ "mimeType": "a/b", "text": "!", "encoding": "gzip" })), None, None, "unknown way, gzip");
    let file = json!([{ "name": "f", "fileName": "a.png" }]);
    check(post(json!({ "mimeType": "multipart/form-data; boundary=x", "params": file })), None, None, "(multipart/form-data) was not");
}

#[test]
fn says_what_is_no_har() {
    let check = |text: &str, expected: &str| {
        let message = from_har(text, &Target::parse(TARGET).unwrap()).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    };
    check("", "not a HAR (an HTTP archive with log.entries): EOF");
    check("{}", "missing field `log`");
    check("{\"log\":{}}", "missing field `entries`");
    check("{\"log\":{\"entries\":[{\"request\":{\"method\":1}}]}}", "line 1 column");
    check("{\"log\":{\"entries\":[]}}", "has no entries");
    let none = har(vec![entry("ftp://a/", json!({}))]);
    check(&none.to_string(), "none of the 1 entries of the HAR can be sent; the first, ftp://a/: ftp://a/: only http://");
}
