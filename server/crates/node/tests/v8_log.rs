//! The logs that the flags produce, and the texts their positions refer to.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod support;

use std::fs;
use std::path::Path;

use node::flags::{ProfilingOptions, profiling_flags};
use node::natives::builtin_sources;
use support::{Program, nodes, toolchain};

const WORK: &str = "
    require('fs').readdirSync(__dirname); require('url'); require('zlib'); require('http');
    function add(a, b) { return a.x + b }
    let s = 0; for (let i = 0; i < 2e6; i++) s += add({ x: i }, 1);
    add({ y: 1, x: 'text' }, 1); console.log('done');";

async fn log_of(node: &Path, name: &str, change: impl FnOnce(&mut ProfilingOptions)) -> String {
    let toolchain = toolchain(node).await;
    let program = Program::new(WORK);
    let dir = program.dir.path().join(name);
    fs::create_dir_all(&dir).unwrap();
    let mut options = ProfilingOptions::new(&dir);
    change(&mut options);
    let flags = profiling_flags(&toolchain, &options).unwrap();
    assert_eq!(flags.unknown, [""; 0], "{}", toolchain.version);
    let mut launch = program.launch_with(node);
    launch.node_args = flags.args.iter().map(Into::into).collect();
    let child = launch.spawn().await.unwrap();
    let exit = child.exited().await;
    let output = child.output();
    assert!(exit.success() || exit.by_sampler(), "{}: {exit} {}", toolchain.version, output.stderr);
    assert_eq!(output.stdout, "done\n", "{}: V8 prints among the program's output", toolchain.version);
    let logs: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    assert_eq!(logs.len(), 1, "{}: {logs:?}", toolchain.version);
    let name = logs[0].file_name().unwrap().to_str().unwrap();
    assert!(name.contains(&format!("-{}-", child.pid())), "{name}");
    if let Some(traces) = &flags.code_traces {
        assert!(traces.is_file(), "{}: no {}", toolchain.version, traces.display());
        if !traces.starts_with(&dir) {
            fs::remove_file(traces).unwrap();
        }
    }
    fs::read_to_string(&logs[0]).unwrap()
}

#[tokio::test]
async fn the_log_is_where_it_should_be_and_complete() {
    for node in nodes() {
        for name in ["plain", "a b,c%p%t%%x'é", &format!("{}/{}", "x".repeat(90), "y".repeat(90))] {
            let log = log_of(&node, name, |_| {}).await;
            for record in ["\ntick,", "\ncode-deopt,", "\ncode-source-info,"] {
                assert!(log.contains(record), "{}: no {record:?} in {name:?}", node.display());
            }
            let major = toolchain(&node).await.version.major;
            // Node 18 cannot leave the sources out.
            assert_eq!(log.contains("\nscript-source,"), major == 18, "{major}");
        }
    }
}

#[tokio::test]
async fn all_options_together() {
    for node in nodes() {
        let log = log_of(&node, "all", |options| {
            options.inline_caches = true;
            options.maps = true;
            options.function_events = true;
            options.log_source = true;
            options.keep_sparkplug = true;
        })
        .await;
        for record in ["\nLoadIC,", "\nmap,", "\nfunction,", "\nscript-source,"] {
            assert!(log.contains(record), "{}: no {record:?}", node.display());
        }
        // The rows stay, but without the dump of kilobytes.
        assert!(log.lines().filter(|line| line.starts_with("map-details,")).all(|line| line.len() < 80));
    }
}

/// (module, line, column, start offset) of every `node:` function with positions.
fn node_functions(log: &str) -> Vec<(String, usize, usize, usize)> {
    let mut found = Vec::new();
    let mut last = None;
    for line in log.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        match fields[0] {
            "code-creation" => {
                let name = fields.get(6).copied().unwrap_or_default();
                last = name.rsplit(' ').next().and_then(|place| {
                    let (rest, column) = place.strip_prefix("node:")?.rsplit_once(':')?;
                    let (module, line) = rest.rsplit_once(':')?;
                    Some((module.to_owned(), line.parse().ok()?, column.parse().ok()?))
                });
            }
            "code-source-info" => {
                if let Some((module, line, column)) = last.take() {
                    found.push((module, line, column, fields[3].parse().unwrap()));
                }
            }
            _ => {}
        }
    }
    found
}

#[tokio::test]
async fn texts_of_nodes_own_modules_agree_with_the_log() {
    for node in nodes() {
        let toolchain = toolchain(&node).await;
        let sources = builtin_sources(&toolchain).await.unwrap();
        assert!(sources["fs"].contains("readdirSync") && sources.contains_key("internal/main/run_main_module"));
        let log = log_of(&node, "natives", |_| {}).await;
        let functions = node_functions(&log);
        let mut agree = 0;
        let mut disagreements = Vec::new();
        for (module, line, column, start) in &functions {
            let text: Option<Vec<u16>> = sources.get(module).map(|text| text.encode_utf16().collect());
            let place = text.and_then(|text| {
                let before = text.get(..*start)?;
                let newline = u16::from(b'\n');
                let lines = before.iter().filter(|&&unit| unit == newline).count();
                let column = before.iter().rev().take_while(|&&unit| unit != newline).count();
                Some((lines + 1, column + 1))
            });
            if place == Some((*line, *column)) {
                agree += 1;
            } else {
                disagreements.push(format!("{module}:{line}:{column} offset {start} is {place:?}"));
            }
        }
        println!("{}: {agree} of {} agree", toolchain.version, functions.len());
        disagreements.dedup();
        for one in disagreements.iter().take(8) {
            println!("  {one}");
        }
        assert!(functions.len() > 100, "{}: {}", toolchain.version, functions.len());
        assert!(agree * 100 >= functions.len() * 99, "{}: {agree} of {}", toolchain.version, functions.len());
    }
}
