//! Where real programs listen.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use node::ports::{ListenError, Listening, wait_for_listen};
use node::process::Child;
use support::{PATIENCE, Program, eventually, printed};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_millis(700);

async fn wait(child: &Child) -> Result<Listening, ListenError> {
    wait_for_listen(child, PATIENCE, None).await
}

#[tokio::test]
async fn the_port_of_common_idioms() {
    for listen in [
        "listen(process.env.PORT || 3000)",
        "listen(process.env.PORT ?? 3000)",
        "listen({ port: process.env.PORT, host: 'localhost' })",
        "listen(parseInt(process.env.PORT, 10))",
        "listen(+process.env.PORT, '0.0.0.0')",
        "listen(process.env.PORT, '::1')",
    ] {
        let program = Program::new(&format!(
            "require('http').createServer((q, s) => s.end('ok')).{listen}.on('listening', function () {{ console.log('at ' + this.address().port) }})"
        ));
        let child = program.start().await;
        let found = wait(&child).await.unwrap();
        let address = found.address(None).unwrap();
        assert_eq!(address.port().to_string(), printed(&child, "at ").await, "{listen}");
        assert!(address.ip().is_loopback());
        TcpStream::connect(address).await.unwrap();
    }
}

#[tokio::test]
async fn a_cluster_with_inspectors() {
    let program = Program::new(
        "const cluster = require('cluster');
         if (cluster.isPrimary) { cluster.fork(); cluster.fork(); }
         else require('http').createServer((q, s) => s.end()).listen(0, '127.0.0.1', function () { console.log('at ' + this.address().port) });",
    );
    let mut launch = program.launch();
    launch.node_args = vec!["--inspect=127.0.0.1:0".into()];
    let child = launch.spawn().await.unwrap();
    let port = printed(&child, "at ").await;
    let address = wait_for_listen(&child, PATIENCE, None).await.unwrap().address(None).unwrap();
    assert_eq!(address.port().to_string(), port);
}

#[tokio::test]
async fn a_server_that_starts_late() {
    let program = Program::new("setTimeout(() => require('net').createServer().listen(0, '127.0.0.1'), 300)");
    assert_eq!(wait(&program.start().await).await.unwrap().ports.len(), 1);
}

#[tokio::test]
async fn two_ports() {
    let program = Program::new(
        "const net = require('net'); const a = net.createServer().listen(0, '127.0.0.1', () =>
           net.createServer().listen(0, '127.0.0.1', function () { console.log('at ' + a.address().port + ' ' + this.address().port) }));",
    );
    let child = program.start().await;
    let ports = support::numbers(&printed(&child, "at ").await);
    let found = wait(&child).await.unwrap();
    assert_eq!(found.ports.len(), 2);
    let error = found.address(None).unwrap_err();
    assert!(matches!(error, ListenError::SeveralPorts { .. }), "{error}");
    let second = u16::try_from(ports[1]).unwrap();
    let found = wait_for_listen(&child, PATIENCE, Some(second)).await.unwrap();
    assert_eq!(found.address(Some(second)).unwrap(), SocketAddr::from(([127, 0, 0, 1], second)));
    let error = wait_for_listen(&child, SOON, Some(1)).await.unwrap_err();
    assert!(matches!(&error, ListenError::OtherPort { expected: 1, found } if found.len() == 2), "{error}");
}

#[tokio::test]
async fn only_a_unix_socket() {
    let program = Program::new("require('net').createServer().listen(__dirname + '/a b.sock', () => console.log('ready'))");
    let child = program.start().await;
    printed(&child, "ready").await;
    let error = wait_for_listen(&child, SOON, None).await.unwrap_err();
    let path = program.dir.path().canonicalize().unwrap().join("a b.sock");
    assert!(matches!(&error, ListenError::OnlyUnixSocket { paths } if *paths == [path]), "{error}");
}

#[tokio::test]
async fn no_port_and_no_program() {
    let program = Program::new("console.error('thinking'); setInterval(() => {}, 1000)");
    let child = program.start().await;
    eventually("output", || (!child.output().stderr.is_empty()).then_some(())).await;
    let error = wait_for_listen(&child, SOON, None).await.unwrap_err();
    assert!(matches!(&error, ListenError::NoPort { output, .. } if output == "thinking"), "{error}");

    let program = Program::new("throw new Error('broken config')");
    let error = wait(&program.start().await).await.unwrap_err();
    assert!(matches!(&error, ListenError::Exited { exit, .. } if exit.code == Some(1)), "{error}");
    assert!(error.to_string().contains("broken config"), "{error}");

    let program = Program::new("console.log('done')");
    let error = wait(&program.start().await).await.unwrap_err();
    assert!(matches!(&error, ListenError::Exited { exit, .. } if exit.success()), "{error}");
}

#[tokio::test]
async fn a_port_in_use() {
    let ours = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = ours.local_addr().unwrap().port();
    for rest in ["", ".on('error', (error) => { console.error(String(error)); setInterval(() => {}, 1000) })"] {
        let program = Program::new(&format!("require('net').createServer().listen({port}, '127.0.0.1'){rest}"));
        let child = program.start().await;
        eventually("the message", || child.output().stderr.contains("EADDRINUSE").then_some(())).await;
        let error = wait_for_listen(&child, SOON, None).await.unwrap_err();
        let ListenError::InUse { port: found, holder, .. } = &error else { panic!("{error}") };
        assert_eq!(*found, Some(port));
        assert_eq!(holder.as_ref().unwrap().pid, std::process::id(), "{error}");
    }
}
