//! The scripts beside this file, each in a Neovim of its own.

use crate::editor::{Editor, Setup};
use crate::measured::{SERVER, STACKS, profile, store};
use crate::project::{Project, newest_node};
use crate::terminal::Terminal;
use serde_json::json;

/// A copy of the example server, measured as briefly as results allow.
fn server() -> Project {
    let project = Project::copy("hello-server");
    let settings = json!({ "node": newest_node().path, "load": { "connections": 4, "durationMs": 1000, "warmUpMs": 700 } });
    project.write("tickmark.json", settings.to_string());
    project
}

/// A program whose `total` meets more and more shapes of objects, and calls a function that is too big to be inlined.
const SHAPES: &str = "\
'use strict';

function total(shapes) {
  let sum = 0;
  for (const shape of shapes) sum += shape.width * shape.height;
  return mix(sum);
}

const MAKERS = [
  (i) => ({ width: i, height: 2 }),
  (i) => ({ height: 2, width: i }),
  (i) => ({ name: 'a', width: i, height: 2 }),
  (i) => ({ name: 'b', height: 2, width: i }),
  (i) => ({ depth: 1, width: i, height: 2 }),
  (i) => ({ depth: 1, name: 'c', width: i, height: 2 }),
];

let sum = 0;
for (let kinds = 1; kinds <= MAKERS.length; kinds++) {
  const shapes = Array.from({ length: 1000 }, (_, i) => MAKERS[i % kinds](i));
  const end = Date.now() + 150;
  while (Date.now() < end) sum += total(shapes);
}
console.log(sum);

function mix(n) {
  // MANY
  return n;
}
";

/// A project with that program.
fn shapes() -> Project {
    let text = SHAPES.replace("// MANY", &"n = (n * 31 + 7) | 0;\n  ".repeat(70));
    let project = Project::with(&[("package.json", r#"{ "main": "main.js" }"#), ("main.js", &text)]);
    project.write("tickmark.json", json!({ "node": newest_node().path }).to_string());
    project
}

/// A project with a stored run.
fn measured() -> Project {
    let project = Project::with(&[("package.json", "{}"), ("server.js", SERVER), ("node_modules/dep/package.json", "{}")]);
    project.write("node_modules/dep/index.js", "module.exports = 1;\n");
    let file = project.path().join("server.js");
    store(project.path(), "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    project
}

#[test]
fn everything_without_the_plugin() {
    let project = server();
    Editor::new(Setup::WithoutPlugin).run("without_plugin.lua", &project.path().join("server.js"));
}

#[test]
fn the_screen_of_a_terminal() {
    let project = server();
    let editor = Editor::new(Setup::WithoutPlugin);
    let terminal = Terminal::open(&editor, &project.path().join("server.js"));
    terminal.see(&["▶ Profile server.js"]);
    terminal.press(&["/'.hello'", "Enter"]);
    terminal.see(&["▶ Profile GET /hello"]);
    terminal.press(&["grx"]);
    // The route's line has one lens for each thing to do.
    terminal.until("the choice of a lens, or the run itself", |screen| {
        if let Some(choice) = screen.lines().find(|line| line.contains(": ▶ Profile GET /hello")) {
            terminal.press(&[choice.trim().split(':').next().unwrap(), "Enter"]);
            return Some(());
        }
        screen.contains("■ Stop measuring GET /hello").then_some(())
    });
    terminal.see(&["■ Stop measuring GET /hello"]);
    terminal.see(&["▶ Profile GET /hello · ", "req/s"]);

    terminal.press(&[":edit template.js", "Enter"]);
    let header = terminal.see(&["function escapeHtml", "ƒ "]);
    assert!(header.contains("% self"), "no hint in {header}");
    terminal.see(&["function escapeHtml", "ƒ ", "Hot function escapeHtml"]);
    terminal.press(&["/escapeHtml", "Enter", "K"]);
    terminal.see(&["share", "%"]);
    terminal.see(&["Called by", "renderRow"]);
}

#[test]
fn explanations_without_the_plugin() {
    let project = shapes();
    Editor::new(Setup::WithoutPlugin).run("explain_without_plugin.lua", &project.path().join("main.js"));
}

#[test]
fn explanations_on_the_screen_of_a_terminal() {
    let project = shapes();
    let editor = Editor::new(Setup::WithoutPlugin);
    let terminal = Terminal::open(&editor, &project.path().join("main.js"));
    terminal.see(&["▶ Profile main.js", "Explain optimisation"]);
    terminal.press(&["grx"]);
    let choice = terminal.see(&[": Explain optimisation"]);
    terminal.press(&[choice.trim().split(':').next().unwrap(), "Enter"]);
    terminal.see(&["■ Stop"]);
    terminal.see(&["(i) => ({ height: 2, width: i })", "■ `shape.height` meets objects of different shapes"]);
    terminal.see(&["for (const shape of shapes)", "■■■"]);
    terminal.see(&["▶ Profile main.js · active "]);
    // The function's lens: above it or behind it, as the version of Neovim has it.
    terminal.see(&["self ", "% · turbofan · ", "deopts"]);
    terminal.see(&["function total", "ƒ ", "% self"]);
    terminal.press(&["/function total", "Enter", "w", "K"]);
    terminal.see(&["Tiers over time: ignition"]);
    terminal.press(&["/width . shape", "Enter", "K"]);
    terminal.see(&["megamorphic"]);
    terminal.see(&["Shapes seen"]);
}

#[test]
fn the_plugin_explains() {
    let project = shapes();
    Editor::new(Setup::Plugin).run("plugin_explains.lua", &project.path().join("main.js"));
}

#[test]
fn the_plugin_measures() {
    let project = server();
    Editor::new(Setup::Plugin).run("plugin_measures.lua", &project.path().join("server.js"));
}

#[test]
fn the_plugin_asks_for_parameters_of_a_route() {
    let text = "const app = require('express')();\napp.get('/users/:id/:tab', (req, res) => res.end());\napp.listen(0);\n";
    let project = Project::with(&[("server.js", text), ("tickmark.json", r#"{ "node": "./no-such-node" }"#)]);
    Editor::new(Setup::Plugin).run("plugin_parameters.lua", &project.path().join("server.js"));
}

#[test]
fn the_plugin_benchmarks() {
    let project = server();
    Editor::new(Setup::Plugin).run("plugin_benchmarks.lua", &project.path().join("server.js"));
}

#[test]
fn the_plugin_shows_what_was_measured() {
    let project = measured();
    Editor::new(Setup::Plugin).run("plugin_shows.lua", &project.path().join("server.js"));
}

#[test]
fn the_plugin_with_bad_surroundings() {
    let project = measured();
    Editor::new(Setup::Plugin).run("plugin_surroundings.lua", &project.path().join("server.js"));
}

#[test]
fn the_help_and_the_health_report() {
    let project = measured();
    Editor::new(Setup::Plugin).run("plugin_help.lua", &project.path().join("server.js"));
}
