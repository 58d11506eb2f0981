//! A Node server to be loaded: it remembers what it was asked.

use crate::project::{Project, newest_node};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

/// What routes answer; `/log` gives the other requests so far.
const SERVER: &str = r#"
const log = [];
let served = 0;
const routes = {
  '/fast': (request, response) => response.end('hello'),
  '/slow': (request, response) => setTimeout(() => response.end('slow'), 50),
  '/stuck': () => {},
  '/json': (request, response) => response.end('{"items":[{"id":7}],"text":"hello"}'),
  '/flaky': (request, response) => {
    if (++served % 10 === 0) response.statusCode = 503;
    response.end(served % 10 === 0 ? 'over\u001b[31mloaded' : 'fine');
  },
  '/moved': (request, response) => response.writeHead(302, { location: '/fast' }).end(),
  '/cookie': (request, response) => {
    if (!request.headers.cookie) response.setHeader('set-cookie', 'id=' + ++served);
    response.end('x');
  },
};
const server = require('http').createServer((request, response) => {
  if (request.url === '/log') return response.end(JSON.stringify(log));
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    log.push({ method: request.method, url: request.url, headers: request.headers, body });
    (routes[request.url.split('?')[0]] ?? routes['/fast'])(request, response);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"#;

/// It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub fn start(project: &Project) -> Self {
        project.write("loaded.js", SERVER);
        let mut command = Command::new(newest_node().path);
        let mut child = command.arg("loaded.js").current_dir(project.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap() }
    }

    /// Address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it was asked so far, in the order of its answers: method, url, headers and body of each request.
    pub fn log(&self) -> Vec<Value> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.write_all(b"GET /log HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
