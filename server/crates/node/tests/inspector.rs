//! The inspector of a real program.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod support;

use std::time::Duration;

use node::inspector::{self, Inspector, InspectorError};
use node::process::{Child, StopSignal};
use serde_json::{Value, json};
use support::{PATIENCE, Program, nodes, printed};

async fn inspected(program: &Program, node: &std::path::Path) -> (Child, Inspector, String) {
    let mut launch = program.launch_with(node);
    launch.node_args = vec!["--inspect=127.0.0.1:0".into()];
    let child = launch.spawn().await.unwrap();
    let url = inspector::url_of(&child, PATIENCE).await.unwrap();
    let client = inspector::connect(&url).await.unwrap();
    // The inspector answers before the program has begun.
    printed(&child, "ready").await;
    (child, client, url)
}

fn idle() -> Program {
    Program::new(
        "function busy(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i); return s } globalThis.busy = busy; setInterval(() => {}, 1000); process.stdout.write('ready\\n');",
    )
}

#[tokio::test]
async fn evaluate_and_profile() {
    for node in nodes() {
        let program = idle();
        let (_child, client, _) = inspected(&program, &node).await;
        let answer: Value = client.call_as("Runtime.evaluate", json!({ "expression": "6 * 7" })).await.unwrap();
        assert_eq!(answer["result"]["value"], 42);
        client.call("Profiler.enable", json!({})).await.unwrap();
        client.call("Profiler.setSamplingInterval", json!({ "interval": 500 })).await.unwrap();
        client.call("Profiler.start", json!({})).await.unwrap();
        client.call("Runtime.evaluate", json!({ "expression": "busy(3e7)" })).await.unwrap();
        let profile = client.call("Profiler.stop", json!({})).await.unwrap();
        let profile: Value = serde_json::from_str(profile.get()).unwrap();
        let nodes = profile["profile"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|node| node["callFrame"]["functionName"] == "busy"), "{node:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn an_answer_of_more_than_64_mib() {
    let program = idle();
    let (_child, client, _) = inspected(&program, &support::node()).await;
    let call = client.call("Runtime.evaluate", json!({ "expression": "'ab'.repeat(40 << 20)", "returnByValue": true }));
    let answer = tokio::time::timeout(PATIENCE, call).await.unwrap().unwrap();
    assert!(answer.get().len() > 80 << 20, "{}", answer.get().len());
    // The connection still works.
    client.call("Runtime.evaluate", json!({ "expression": "1" })).await.unwrap();
}

#[tokio::test]
async fn errors_and_events() {
    let program = idle();
    let (child, client, url) = inspected(&program, &support::node()).await;
    let error = client.call("No.such", json!({})).await.unwrap_err();
    assert!(matches!(&error, InspectorError::Refused { code: -32601, method, .. } if method == "No.such"), "{error}");
    let mut events = client.events(&["Runtime.consoleAPICalled"]);
    client.call("Runtime.enable", json!({})).await.unwrap();
    for i in 0..3 {
        client.call("Runtime.evaluate", json!({ "expression": format!("console.log({i})") })).await.unwrap();
    }
    for i in 0..3 {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
        let params: Value = serde_json::from_str(event.params.get()).unwrap();
        assert_eq!(params["args"][0]["value"], i);
    }
    // The program ends in the middle of a call.
    let forever = client.call("Runtime.evaluate", json!({ "expression": "for (;;);" }));
    let (end, report) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(forever, child.stop(StopSignal::Terminate, Duration::ZERO)) }).await.unwrap();
    assert!(matches!(end, Err(InspectorError::Closed { .. })), "{end:?}");
    tokio::time::timeout(PATIENCE, client.closed()).await.unwrap();
    assert!(matches!(client.call("Runtime.enable", json!({})).await, Err(InspectorError::Closed { .. })));
    assert!(events.recv().await.is_none());
    assert!(report.exit.unwrap().signal.is_some() && report.survivors.is_empty(), "{report:?}");
    assert!(matches!(inspector::connect(&url).await, Err(InspectorError::Connect { .. })));
}

#[tokio::test]
async fn discovery() {
    let program = idle();
    let (_child, _client, url) = inspected(&program, &support::node()).await;
    let address = url.trim_start_matches("ws://").split('/').next().unwrap();
    let targets = inspector::targets(address, PATIENCE).await.unwrap();
    assert_eq!(targets.len(), 1);
    assert_eq!((targets[0].kind.as_str(), &targets[0].web_socket_debugger_url), ("node", &url));
    assert!(targets[0].url.ends_with("main.js"), "{targets:?}");

    let server = Program::new(
        "require('http').createServer((q, s) => s.end('no')).listen(0, '127.0.0.1', function () { console.log('at ' + this.address().port) })",
    );
    let child = server.start().await;
    let address = format!("127.0.0.1:{}", support::printed(&child, "at ").await);
    let error = inspector::targets(&address, PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("not an inspector"), "{error}");
    let error = inspector::url_of(&child, Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, InspectorError::NotAnnounced { .. }), "{error}");
    drop(child);
    assert!(inspector::targets(&address, PATIENCE).await.is_err());
}
