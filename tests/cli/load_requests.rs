//! What `tickmark load` sends, and what it expects.

use crate::load_server::Server;
use crate::project::Project;
use crate::tickmark::{Ended, Tickmark};
use serde_json::{Value, json};

fn load(project: &Project, args: &[&str]) -> Ended {
    Tickmark::new(project, ["load", "-c", "1", "--format", "json"]).args(args).run()
}

/// What the server was asked: method, url, body, and a header of each request.
fn asked(server: &Server, header: &str) -> Vec<Value> {
    let row = |request: &Value| json!([request["method"], request["url"], request["body"], request["headers"][header]]);
    server.log().iter().map(row).collect()
}

#[test]
fn several_requests_in_rotation() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let report = load(&project, &[&server.url(""), "-r", "/a?x=1", "-r", "POST /b", "-b", "[1]", "-n", "5"]).code(0).json();
    assert_eq!(report["target"]["requests"], json!(["GET /a?x=1", "POST /b"]));
    let (get, post) = (json!(["GET", "/a?x=1", "", null]), json!(["POST", "/b", "[1]", "application/json"]));
    assert_eq!(asked(&server, "content-type"), [get.clone(), post.clone(), get.clone(), post, get]);

    let server = Server::start(&project);
    load(&project, &[&server.url("/one"), &server.url("/two"), "-n", "2"]).code(0);
    assert_eq!(server.log().iter().map(|request| request["url"].clone()).collect::<Vec<_>>(), ["/one", "/two"]);
}

#[test]
fn placeholders_take_rows_of_a_csv_file() {
    let project = Project::with(&[("users.csv", "id,name\n7,\"Ann, B.\"\n8,Bob\n")]);
    let server = Server::start(&project);
    let body = r#"{"n":{{n}},"name":"{{name}}"}"#;
    load(&project, &[&server.url("/users/{{id}}"), "-b", body, "-H", "x-id: {{id}}", "--data", "users.csv", "-n", "3"]).code(0);
    let row = |n: u32, id: &str, name: &str| json!(["POST", format!("/users/{id}"), format!(r#"{{"n":{n},"name":"{name}"}}"#), id]);
    assert_eq!(asked(&server, "x-id"), [row(0, "7", "Ann, B."), row(1, "8", "Bob"), row(2, "7", "Ann, B.")]);

    let server = Server::start(&project);
    load(&project, &[&server.url("/"), "-b", "{{name}}", "--no-placeholders", "-n", "1"]).code(0);
    assert_eq!(server.log()[0]["body"], "{{name}}");
}

#[test]
fn requests_of_files() {
    let requests = r#"[{ "path": "/a", "headers": { "x-a": "1" } }, { "method": "PUT", "path": "/b", "body": { "n": 1 } }]"#;
    let project = Project::with(&[("requests.json", requests), ("body.txt", "from a file")]);
    let server = Server::start(&project);
    load(&project, &[&server.url(""), "--request-file", "requests.json", "-H", "x-a: 2", "-n", "2"]).code(0);
    assert_eq!(asked(&server, "x-a"), [json!(["GET", "/a", "", "2"]), json!(["PUT", "/b", "{\"n\":1}", "2"])]);

    let server = Server::start(&project);
    load(&project, &[&server.url("/c"), "--body-file", "body.txt", "-m", "patch", "-n", "1"]).code(0);
    assert_eq!(asked(&server, "x-a"), [json!(["PATCH", "/c", "from a file", null])]);

    let server = Server::start(&project);
    let entry = |path: &str| {
        json!({
            "request": { "method": "GET", "url": server.url(path), "headers": [{ "name": "x-a", "value": "{{n}}" }] },
            "response": { "status": 200 }
        })
    };
    project.write("a.har", json!({ "log": { "version": "1.2", "entries": [entry("/x"), entry("/y?z=1")] } }).to_string());
    load(&project, &[&server.url(""), "--har", "a.har", "-n", "2"]).code(0);
    assert_eq!(asked(&server, "x-a"), [json!(["GET", "/x", "", "{{n}}"]), json!(["GET", "/y?z=1", "", "{{n}}"])]);
}

#[test]
fn cookies() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    load(&project, &[&server.url("/cookie"), "--cookie", "a=1", "--cookie", "b=2=3", "-n", "1"]).code(0);
    assert_eq!(server.log()[0]["headers"]["cookie"], "a=1; b=2=3");

    let server = Server::start(&project);
    load(&project, &[&server.url("/cookie"), "--keep-cookies", "-n", "3"]).code(0);
    let sent: Vec<Value> = server.log().iter().map(|request| request["headers"]["cookie"].clone()).collect();
    assert_eq!(sent, [Value::Null, "id=1".into(), "id=1".into()]);
}

#[test]
fn what_is_expected_of_answers() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let url = server.url("/json");
    let check = |expectation: &[&str], kind: Option<&str>| {
        let report = load(&project, &[&[url.as_str(), "-n", "3"], expectation].concat()).code(i32::from(kind.is_some())).json();
        let errors: Vec<&String> = report["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, Vec::from_iter(kind), "{expectation:?}");
    };
    let body = r#"{"items":[{"id":7}],"text":"hello"}"#;
    check(&["--expect-body", body], None);
    check(&["--expect-body", "other"], Some("bodyMismatch"));
    check(&["--expect-contains", "\"id\":7", "--expect-contains", "hello"], None);
    check(&["--expect-contains", "hello", "--expect-contains", "hallo"], Some("bodyMismatch"));
    check(&["--expect-json", "/items/0/id=7", "--expect-json", "/text=hello"], None);
    check(&["--expect-json", "/items/0/id=8"], Some("bodyMismatch"));
    check(&["--expect-status", "404,2xx"], None);
    check(&["--expect-status", "201"], Some("status"));
}

#[test]
fn connections_are_made_as_asked() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let report = load(&project, &[&server.url("/fast"), "-n", "6", "--no-keepalive"]).code(0).json();
    assert_eq!(report["connects"], 6);
    assert_eq!(server.log()[5]["headers"]["connection"], "close");
    let report = load(&project, &[&server.url("/fast"), "-n", "6", "--streams", "3"]).code(0).json();
    assert_eq!((&report["connects"], &report["inFlight"]), (&1.into(), &3.into()));
    let report = load(&project, &[&server.url("/stuck"), "-n", "1", "--timeout", "100ms"]).code(1).json();
    assert_eq!(report["errors"]["timeout"], 1);
}
