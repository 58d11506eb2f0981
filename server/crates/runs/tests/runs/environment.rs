use crate::project::node;
use runs::environment::of_server;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_server_that_was_running_already() {
    let program = "const server = require('http').createServer((request, response) => {
        for (const end = Date.now() + 60; Date.now() < end;);
        response.end();
    }).listen(0, () => console.log(server.address().port))";
    let mut command = Command::new(node().unwrap_or_else(|| "node".into()));
    command.args(["-e", program]).env("NODE_ENV", "production").stdout(Stdio::piped());
    let mut server = Killed(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().unwrap();

    let facts = of_server(port).await.unwrap();
    assert_eq!((facts.pid, facts.node_env.as_deref()), (server.0.id(), Some("production")));
    assert!(facts.node_version.as_deref().is_some_and(|version| version.contains('.')), "{facts:?}");
    assert_eq!(facts.development_note(Some("Express")), None);
    let before = facts.cpu_time().unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
    assert!(facts.cpu_time().unwrap() > before + Duration::from_millis(1));
    drop(server);
    assert_eq!((facts.cpu_time(), of_server(port).await), (None, None));
}
