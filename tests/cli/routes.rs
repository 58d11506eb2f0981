//! Runs of routes: figures, files, history.

use crate::figures::{self, function, number, rows, rows_of, sum, within};
use crate::project::{Node, Project, newest_node, nodes, oldest_node};
use crate::schema;
use crate::tickmark::{SHORT, Tickmark, together};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A short run of a route of `entry`.
fn route(project: &Project, node: &Node, entry: &str, route: &str, more: &[&str]) -> Value {
    let args = [&[entry, "--route", route, "--quiet"][..], &SHORT, more].concat();
    figures::profile(project, node, &args).code(0).leaves_nothing(project).json()
}

fn artifact(profile: &Value, name: &str) -> PathBuf {
    profile["artifacts"][name].as_str().unwrap_or_else(|| panic!("{name} of {}", profile["artifacts"])).into()
}

#[test]
fn a_route_from_start_to_stored_result() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("hello-server");
        let first = route(&project, &node, "server.js", "GET /hello", &[]);
        schema::check("profile", &first);
        let load = &first["load"];
        assert!(number(load, "requestsPerSecond") > 50.0, "{load}");
        assert_eq!(load["sent"], number(load, "completed") + number(load, "failed") + number(load, "unfinished"), "{load}");
        assert_eq!((&load["failed"], &load["connections"]), (&0.into(), &10.into()), "{load}");
        let latency = |key: &str| number(&load["latencyMs"], key);
        assert!(
            0.0 < latency("min")
                && latency("min") <= latency("p50")
                && latency("p50") <= latency("p99")
                && latency("p99") <= latency("max")
        );
        assert!(number(&first["attribution"], "exact") >= 0.95, "Node {}: {}", node.major, first["attribution"]);
        let escape = number(function(&first, "template.js", "escapeHtml"), "selfMs");
        let app = rows(&first, "functions").iter().filter(|row| row["category"] == "app" && row["name"] != "escapeHtml");
        let others = sum(app, "selfMs");
        assert!(escape > others, "Node {}: {escape} and {others}: {:#?}", node.major, &rows(&first, "functions")[..8]);
        within(&first, "template.js", 37);
        within(&first, "server.js", 60);
        assert!(number(&first["overhead"], "plainCpuMsPerRequest") > 0.0, "{}", first["overhead"]);
        assert!(first["comparison"].is_null());
        check_artifacts(&project, &first);
    }
}

fn check_artifacts(project: &Project, profile: &Value) {
    let folder = project.path().join(".tickmark/runs").join(profile["runId"].as_str().unwrap());
    assert_eq!(artifact(profile, "folder"), folder);
    assert_eq!(fs::read_to_string(project.path().join(".tickmark/.gitignore")).unwrap(), "*\n");
    let html = fs::read_to_string(artifact(profile, "html")).unwrap();
    check_html(&html);
    assert!(html.contains("escapeHtml"));
    check_svg(&artifact(profile, "svg"), "escapeHtml");
    for file in profile["artifacts"]["raw"].as_array().unwrap() {
        assert!(Path::new(file.as_str().unwrap()).is_file(), "{file}");
    }
    for file in ["template.js", "server.js"] {
        let record: Value = serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
        let copy = folder.join(record["sources"][file].as_str().unwrap());
        assert_eq!(fs::read(copy).unwrap(), fs::read(project.path().join(file)).unwrap(), "{file}");
    }
}

/// Fails if a page would load anything.
pub fn check_html(html: &str) {
    assert!(html.trim_start().to_lowercase().starts_with("<!doctype html>"), "{}", &html[..html.len().min(100)]);
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        // Text of scripts is no tag; a tag begins with its name.
        if !["script", "link", "img", "iframe", "source", "object", "embed", "base"].contains(&tag.split_whitespace().next().unwrap_or(""))
        {
            continue;
        }
        let is_inside = |value: &str| value.trim_matches(['"', '\'']).starts_with(['#', 'd']);
        for attribute in tag.split_whitespace().filter(|attribute| attribute.starts_with("src=") || attribute.starts_with("href=")) {
            let value = attribute.split_once('=').unwrap().1;
            assert!(is_inside(value) && !value.contains("//"), "loads something: <{tag}>");
        }
    }
    for reference in ["@import", "url(http", "url(\"http", "url(//", "importScripts("] {
        assert!(!html.contains(reference), "has {reference}");
    }
}

/// Fails unless a file is SVG whose tags fit together, with a text in it.
pub fn check_svg(file: &Path, text: &str) {
    let svg = fs::read_to_string(file).unwrap();
    let mut open = Vec::new();
    let mut rest = svg.as_str();
    let mut elements = 0;
    while let Some((_, after)) = rest.split_once('<') {
        let end =
            |mark: &str| after.split_once(mark).unwrap_or_else(|| panic!("{mark} is missing after {:?}", &after[..after.len().min(60)]));
        if after.starts_with("![CDATA[") {
            rest = end("]]>").1;
        } else if after.starts_with("!--") {
            rest = end("-->").1;
        } else {
            let (tag, behind) = end(">");
            rest = behind;
            let name = tag.trim_matches('/').split(|char: char| char.is_whitespace() || char == '/').next().unwrap();
            match tag.as_bytes()[0] {
                b'?' | b'!' => {}
                b'/' => assert_eq!(open.pop(), Some(name), "{}", file.display()),
                _ => {
                    elements += 1;
                    if !tag.ends_with('/') {
                        open.push(name);
                    }
                }
            }
        }
    }
    assert!(open.is_empty() && elements > 10 && svg.contains("<svg"), "{}: {elements} elements, open: {open:?}", file.display());
    assert!(svg.contains(text), "{text} is not in {}", file.display());
}

#[test]
fn the_second_run_is_compared_with_the_first() {
    let _lock = together();
    let node = newest_node();
    let project = Project::copy("hello-server");
    // A route whose work is a minimum also works, with another target between.
    let first = route(&project, &node, "server.js", "GET /users/:id", &["--param", "id=7"]);
    let other = route(&project, &node, "server.js", "POST /echo", &["--body", "{\"a\":1}", "-H", "content-type: application/json"]);
    assert!(other["comparison"].is_null(), "{}", other["comparison"]);
    let second = route(&project, &node, "server.js", "GET /users/:id", &["--param", "id=7"]);
    schema::check("profile", &second);
    let comparison = &second["comparison"];
    assert_eq!(comparison["with"], first["runId"]);
    for (key, of) in [("requestsPerSecond", "/requestsPerSecond"), ("p50Ms", "/latencyMs/p50"), ("p99Ms", "/latencyMs/p99")] {
        assert_eq!(comparison[key]["before"], *first["load"].pointer(of).unwrap(), "{key}");
        assert_eq!(comparison[key]["after"], *second["load"].pointer(of).unwrap(), "{key}");
    }

    let text = Tickmark::new(&project, ["runs", "show", second["runId"].as_str().unwrap()]).run().code(0).stdout;
    for part in ["GET /users/:id", "requests/s", "p99", "Against run", "hottest functions", "hottest lines", "report.html"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn several_routes_make_several_profiles() {
    let _lock = together();
    let project = Project::copy("hello-server");
    let args = [&["server.js", "--route", "GET /fast", "--route", "/hello"][..], &SHORT].concat();
    let list = figures::profile(&project, &newest_node(), &args).code(0).leaves_nothing(&project).json();
    schema::check("profile-list", &list);
    let paths: Vec<&Value> = list["profiles"].as_array().unwrap().iter().map(|profile| &profile["target"]["path"]).collect();
    assert_eq!(paths, ["/fast", "/hello"]);
}

/// Fastify in TypeScript, bundled: times are on the lines of `src`.
fn check_bundle(node: &Node, entry: &str) {
    let project = Project::copy("fastify-ts");
    let measured = route(&project, node, entry, "GET /quote", &[]);
    let hot = project.marked_lines("src/pricing.ts", "// HOT")[0];
    let at = |line: u64| {
        let row = rows_of(&measured, "lines", "src/pricing.ts").into_iter().find(|row| row["line"] == line);
        row.map_or(0.0, |row| number(row, "selfPercent"))
    };
    let percent = at(hot) + at(hot - 1);
    assert!(percent > 50.0, "Node {}, {entry}: {percent} % on the hot lines: {:#?}", node.major, &rows(&measured, "lines")[..5]);
    assert!(number(function(&measured, "src/pricing.ts", "discountedTotal"), "selfPercent") > 50.0);
    within(&measured, "src/pricing.ts", project_lines(&project, "src/pricing.ts"));
    within(&measured, "src/app.ts", project_lines(&project, "src/app.ts"));
    let of_bundle = sum(rows(&measured, "lines").iter().filter(|row| row["file"].as_str().unwrap().starts_with("dist/")), "selfPercent");
    assert!(of_bundle < 5.0, "Node {}, {entry}: {of_bundle} % on lines of the bundle", node.major);
    assert!(number(&measured["attribution"], "exact") >= 0.95, "Node {}, {entry}: {}", node.major, measured["attribution"]);
}

fn project_lines(project: &Project, file: &str) -> usize {
    fs::read_to_string(project.path().join(file)).unwrap().lines().count()
}

#[test]
fn a_bundle_with_a_source_map_beside_it() {
    let _lock = together();
    check_bundle(&newest_node(), "dist/server.js");
}

#[test]
fn a_minified_bundle_with_the_source_map_inside() {
    let _lock = together();
    check_bundle(&newest_node(), "dist/server.min.js");
    check_bundle(&oldest_node(), "dist/server.min.js");
}

#[test]
fn templates_that_are_compiled_for_every_request() {
    let _lock = together();
    let node = newest_node();
    let project = Project::copy("express-template");
    let slow = route(&project, &node, "server.js", "GET /", &[]);
    let finding = slow["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "template/recompiled");
    let finding = finding.unwrap_or_else(|| panic!("{}", slow["findings"]));
    assert!(number(finding, "share") > 0.3, "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("NODE_ENV is not set"), "{finding}");
    assert!(finding["advice"].as_str().unwrap().contains("NODE_ENV=production"), "{finding}");

    let fast = route(&project, &node, "server.js", "GET /", &["--env", "NODE_ENV=production"]);
    assert_eq!(fast["findings"].as_array().unwrap().len(), 0, "{}", fast["findings"]);
    assert_eq!(fast["node"]["nodeEnv"], "production");
    assert!(number(&fast["load"], "requestsPerSecond") > 2.0 * number(&slow["load"], "requestsPerSecond"));
}
