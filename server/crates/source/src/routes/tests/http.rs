use super::{check, check_typed};

const HTTP: &str = "const http = require('node:http');\n";

fn check_http(text: &str, expected: &[&str]) {
    check(&format!("{HTTP}{text}"), expected);
}

#[test]
fn comparisons() {
    check_http(
        "http.createServer((req, res) => {\n  if (req.url === '/a') {}\n  else if ('/b' == req.url) {} });",
        &["ANY /a @3>3", "ANY /b @4>4"],
    );
    check_http("http.createServer((req, res) => {\n  if (req.method === 'GET' && req.url === '/a') return;\n});", &["GET /a @3>3"]);
    check_http(
        "http.createServer((req, res) => {\n  if (req.url === '/a' && (req.method === 'GET' || req.method === 'HEAD')) {} });",
        &["GET /a @3>3", "HEAD /a @3>3"],
    );
    check_http("http.createServer((req, res) => {\n  if (req.url === '/a') {\n    if (req.method === 'PUT') {} } });", &["PUT /a @3>3"]);
    check_http("http.createServer((req, res) => {\n  if (req.method === 'POST') {\n    if (req.url === '/a') {} } });", &["POST /a @4>4"]);
    check_http("http.createServer((req, res) => {\n  if (req.url.startsWith('/a/')) {} });", &["ANY /a/* @3>3"]);
    check_http("http.createServer((req, res) => {\n  if (req.url.startsWith('/a')) {} });", &["ANY /a @3>3"]);
}

#[test]
fn switches() {
    check_http(
        "http.createServer((req, res) => {\n  switch (req.url) {\n    case '/a': break;\n    case '/b': break; default: } });",
        &["ANY /a @4>4", "ANY /b @5>5"],
    );
    check_http(
        "http.createServer((req, res) => {\n  switch (`${req.method} ${req.url}`) {\n    case 'GET /a': break; } });",
        &["GET /a @4>4"],
    );
    check_http(
        "http.createServer((req, res) => {\n  switch (req.headers.x) { case '/a': break; }\n if (req.url === '/b') {} });",
        &["ANY /b @4>4"],
    );
}

#[test]
fn derived_paths() {
    check_http(
        "http.createServer((req, res) => {\n  const { url, method } = req;\n  if (method === 'GET' && url === '/a') {} });",
        &["GET /a @4>4"],
    );
    check_http(
        "http.createServer((req, res) => {\n  const u = new URL(req.url, 'http://x');\n  if (u.pathname === '/a') {} });",
        &["ANY /a @4>4"],
    );
    check_http(
        "http.createServer((req, res) => {\n  const { pathname } = new URL(req.url, 'http://x');\n  if (pathname === '/a') {} });",
        &["ANY /a @4>4"],
    );
    check_http("http.createServer((req, res) => {\n  if (new URL(req.url, 'x:').pathname === '/a') {} });", &["ANY /a @3>3"]);
    check_http("http.createServer(({ url, method: m }, res) => {\n  if (m === 'PUT' && url === '/a') {} });", &["PUT /a @3>3"]);
    check_http("http.createServer((req, res) => {\n  const path = req.url.split('?')[0];\n  if (path === '/a') {} });", &["ANY /a @4>4"]);
}

#[test]
fn listeners() {
    check_http("function handle(q, s) {\n  if (q.url === '/a') {} }\nhttp.createServer(handle).listen(0);", &["ANY /a @3>3"]);
    check_http("const server = http.createServer();\nserver.on('request', (q, s) => {\n  if (q.url === '/a') {} });", &["ANY /a @4>4"]);
    check_http("http.createServer((req, res) => res.end('x')).listen(0);", &["GET / @2>2"]);
    check_http("const app = require('express')();\nhttp.createServer(app);\napp.get('/x', h);", &["GET /x @4>4"]);
    check_http("const Koa = require('koa'); const app = new Koa();\nhttp.createServer(app.callback());", &[]);
    check_http("http.createServer(require('./app'));", &[]);
    check("import { createServer } from 'http';\ncreateServer((req, res) => {\n  if (req.url === '/a') {} });", &["ANY /a @3>3"]);
    check("const net = require('net');\nnet.createServer((s) => s.end());", &[]);
    check_typed(
        "import { createServer, IncomingMessage } from 'node:http';\ncreateServer({}, (req: IncomingMessage, res) => {\n  if (req.url === '/a') {} });",
        &["ANY /a @3>3"],
    );
}
