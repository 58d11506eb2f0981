//! `tickmark load` of a Node server that speaks TLS, in HTTP/1.1 and HTTP/2.

use crate::project::{Project, newest_node};
use crate::tickmark::{Ended, Tickmark};
use rcgen::{CertificateParams, KeyPair};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Answers with the version of HTTP that was spoken; with at most 20 streams on a connection.
const SERVER: &str = r#"
const { readFileSync } = require('fs');
const options = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), allowHTTP1: true, settings: { maxConcurrentStreams: 20 } };
const server = require('http2').createSecureServer(options, (request, response) => response.end('HTTP/' + request.httpVersion));
server.listen(0, 'localhost', () => console.log(server.address().port));
"#;

/// It is killed when this is dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(project: &Project) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        project.write("key.pem", key.serialize_pem());
        project.write("cert.pem", certificate.pem());
        project.write("secure.js", SERVER);
        let mut command = Command::new(newest_node().path);
        let mut child = command.arg("secure.js").current_dir(project.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, url: format!("https://localhost:{}/", line.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn load(project: &Project, args: &[&str]) -> Ended {
    Tickmark::new(project, ["load"]).args(args).args(["-n", "200", "-c", "2", "--format", "json"]).run()
}

#[test]
fn both_protocols_of_a_node_server() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let url = server.url.as_str();

    let first = load(&project, &[url, "--ca", "cert.pem", "--expect-body", "HTTP/1.1"]).code(0).json();
    let second = load(&project, &[url, "--ca", "cert.pem", "--expect-body", "HTTP/2.0", "--http2", "--streams", "50"]).code(0).json();
    for (report, protocol) in [(&first, "HTTP/1.1"), (&second, "HTTP/2")] {
        assert_eq!((&report["completed"], &report["connects"], &report["protocol"]), (&200.into(), &2.into(), &protocol.into()));
        assert!(report["tlsMs"]["p50"].as_f64().unwrap() > 0.0, "{report}");
    }
    assert_eq!(first["streamsAllowed"], serde_json::Value::Null);
    assert_eq!(second["streamsAllowed"], 20);
    assert!(second["notes"].as_array().unwrap().iter().any(|note| note["kind"] == "fewerStreams"), "{second}");

    load(&project, &[url, "--http2", "--insecure"]).code(0);
    let refused = load(&project, &[url]).code(1);
    assert!(refused.stderr.contains("--ca FILE") && refused.stderr.contains("--insecure"), "{}", refused.stderr);
}

#[test]
fn schemes_and_protocols_that_the_port_does_not_speak() {
    let project = Project::with(&[]);
    let (secure, plain) = (Server::start(&project), crate::load_server::Server::start(&project));
    let (secure, plain) = (secure.url.replace("https:", "http:"), plain.url("/fast"));
    // For so long it would go on, did it not see that it is hopeless.
    let refused = |url: &str, args: &[&str], advice: &str| {
        let ended = Tickmark::new(&project, ["load", url, "-d", "600s"]).args(args).run().code(1);
        assert_eq!(ended.stdout, "");
        ended.says(&[url, advice]);
    };
    refused(&secure, &[], "this port speaks TLS; use https://");
    refused(&secure, &["--http2"], "this port speaks TLS; use https://");
    refused(&plain.replace("http:", "https:"), &["--insecure"], "this port does not speak TLS; use http://");
    refused(&plain, &["--http2"], "the server does not speak HTTP/2 but HTTP/1.1; leave --http2 out");
}
