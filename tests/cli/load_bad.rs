//! `tickmark load` with options that make no sense, files that cannot be read and servers that are not there.

use crate::load_server::Server;
use crate::project::Project;
use crate::tickmark::{Tickmark, together};
use rcgen::KeyPair;
use std::net::{Ipv4Addr, TcpListener};

const URL: &str = "http://127.0.0.1:1/";

/// Exit code 2, without anything sent, and a message with these texts.
#[track_caller]
fn refused(project: &Project, args: &[&str], texts: &[&str]) {
    let ended = Tickmark::new(project, ["load"]).args(args).run().code(2);
    assert!(ended.stdout.is_empty(), "{args:?}:\n{}", ended.stdout);
    ended.says(texts);
}

#[test]
fn wrong_values() {
    let project = Project::with(&[("a.js", "")]);
    for (args, texts) in [
        (&[][..], &["http://localhost:3000/", "--entry FILE"][..]),
        (&["nonsense"], &["nonsense", "http://"]),
        (&["ftp://localhost/"], &["ftp://localhost/", "http:// and https://"]),
        (&["http://127.0.0.1:99999/"], &["99999"]),
        (&["http://"], &["http://"]),
        (&[URL, "-c", "0"], &["connections"]),
        (&[URL, "-H", "x"], &["--header x", "`Name: value`"]),
        (&[URL, "-H", "a b: c"], &["--header a b: c", "no header name"]),
        (&[URL, "-H", "a: b\nc"], &["no header may have"]),
        (&[URL, "-H", "content-length: 3"], &["content-length"]),
        (&[URL, "-m", "a b"], &["--method a b"]),
        (&[URL, "-d", "x"], &["`5s`"]),
        (&[URL, "-n", "0"], &["--requests"]),
        (&[URL, "--rate", "0"], &["without --rate"]),
        (&[URL, "--rate", "x"], &["100..1000"]),
        (&[URL, "--percentiles", "101"], &["0 to 100"]),
        (&[URL, "--expect-status", "20"], &["`2xx`"]),
        (&[URL, "--expect-json", "a=1"], &["/items/0/id=7"]),
        (&[URL, "--cookie", "a"], &["name=value"]),
        (&[URL, "--route", "x"], &["GET /path"]),
        (&[URL, "-b", "{{nonsense}}"], &["{{nonsense}}"]),
        (&[URL, "--format", "xml"], &["possible values"]),
        (&["http://nowhere.invalid/"], &["nowhere.invalid", "resolved"]),
        (&["a.js"], &["a.js", "--route 'GET /'"]),
        (&["--entry", "missing.js", "-r", "/"], &["missing.js"]),
    ] {
        refused(&project, args, texts);
    }
}

#[test]
fn wrong_combinations() {
    let project = Project::with(&[("a.js", "")]);
    for (args, texts) in [
        (&[URL, "-n", "1", "-d", "1s"][..], &["--duration", "--requests"][..]),
        (&[URL, "--ramp", "1s"], &["--rate"]),
        (&[URL, "--rate", "1..2", "-n", "5"], &["--ramp"]),
        (&[URL, "--http2", "--no-keepalive"], &["--http2", "--no-keepalive"]),
        (&[URL, "-p", "2", "--no-keepalive"], &["--pipelining", "--no-keepalive"]),
        (&[URL, "--insecure"], &["https://"]),
        (&[URL, "-b", "x", "-i", "y"], &["--body"]),
        (&[URL, "http://127.0.0.1:2/"], &["http://127.0.0.1:2/", "another server"]),
        (&["http://127.0.0.1:1/a", "-r", "/b"], &["--route", "without"]),
        (&[URL, "-r", "/b", "-m", "POST"], &["--method"]),
        (&[URL, "-e", "a.js"], &["--entry a.js"]),
        (&[URL, "a.js"], &["a.js is a file"]),
        (&[URL, "--env", "A=1"], &["--env", "--entry FILE"]),
        (&[URL, "--compare", "HEAD"], &["--compare", "--entry FILE"]),
        (&[URL, "--no-save"], &["--no-save", "--entry FILE"]),
        (&[URL, "--", "x"], &["--entry FILE"]),
        (&["a.js", "-r", "/", "--allow-host", "x"], &["--allow-host"]),
        (&["a.js", "-r", "/", "--rounds", "3"], &["--rounds", "--compare"]),
        (&["a.js", "-r", "/", "--compare", "HEAD", "--format", "csv"], &["text or json"]),
        (&["a.js", "-r", "/users/:id"], &[":id", "--param id=1"]),
    ] {
        refused(&project, args, texts);
    }
}

#[test]
fn files_that_cannot_be_used() {
    let project = Project::with(&[("bad.json", "[{ \"path\": 1 }]"), ("bad.csv", "a,b\n1\n"), ("empty.csv", ""), ("bad.har", "{}")]);
    project.write("key.pem", KeyPair::generate().unwrap().serialize_pem());
    project.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    project.write("binary", [0xff, 0xfe]);
    for (args, texts) in [
        (["--body-file", "missing"], &["--body-file missing", "cannot be read"][..]),
        (["--data", "missing"], &["--data missing"]),
        (["--data", "bad.csv"], &["--data bad.csv", "line"]),
        (["--data", "empty.csv"], &["--data empty.csv"]),
        (["--data", "binary"], &["--data binary", "UTF-8"]),
        (["--request-file", "bad.json"], &["--request-file bad.json", "path"]),
        (["--har", "bad.har"], &["--har bad.har"]),
        (["--output", "nowhere/out.json"], &["--output nowhere/out.json", "no folder nowhere"]),
        (["--output", "."], &["is a folder"]),
    ] {
        refused(&project, &[&[URL][..], &args].concat(), texts);
    }
    for (file, texts) in [
        ("missing", &["--ca missing", "cannot be read", "No such file"][..]),
        ("bad.json", &["--ca bad.json", "no certificate", "BEGIN CERTIFICATE"]),
        ("key.pem", &["--ca key.pem", "no certificate but a private key"]),
        ("broken.pem", &["--ca broken.pem", "certificate 1 of it"]),
    ] {
        refused(&project, &["https://127.0.0.1:1/", "--ca", file], texts);
    }
}

#[test]
fn other_machines_are_refused() {
    let project = Project::with(&[]);
    // An address for documentation: nothing would answer, and nothing is asked.
    refused(&project, &["http://192.0.2.1:8080/"], &["192.0.2.1", "not this machine", "--allow-host"]);
}

#[test]
fn a_server_that_is_not_there() {
    let project = Project::with(&[]);
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/");
    let ended = Tickmark::new(&project, ["load", &address]).run().code(1);
    assert_eq!(ended.stdout, "");
    ended.says(&[&address, "refused"]);
    // What reads the JSON gets it.
    let report = Tickmark::new(&project, ["load", &address, "--format", "json"]).run().code(1).json();
    assert!(report["errors"]["refused"].as_u64().unwrap() > 0 && report["completed"] == 0, "{report}");
}

#[test]
fn a_server_that_dies_in_the_middle() {
    let _lock = together();
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let running = Tickmark::new(&project, ["load", &server.url("/fast"), "-d", "600s"]).start();
    crate::tickmark::until("some requests were answered", || server.log().len() > 50);
    drop(server);
    let ended = running.wait().code(1).says(&["has succeeded for"]);
    assert!(ended.stdout.contains("requests failed") && ended.stdout.contains("Maximum throughput"), "{}", ended.stdout);
}
