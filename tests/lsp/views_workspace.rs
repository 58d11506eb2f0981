//! A workspace with two runs, as a view and the text beside it see it.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, Stack, profile, store};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// The run whose results are shown: `hello` calls `render`, 100 ms.
pub const NEWER: &str = "20261121-101530-bbbb";
/// The one before: `render` took 10 of 40 ms.
pub const OLDER: &str = "20261121-101530-aaaa";

/// The stacks of [`OLDER`].
pub const OLDER_STACKS: [(Stack<'static>, u32); 2] = [(&[("hello", 7, 15, 8), ("render", 2, 16, 3)], 10), (&[("hello", 7, 15, 8)], 30)];

/// What the lines of [`SERVER`] say of [`NEWER`].
pub const HINTS: [&str; 5] = ["2: ƒ 80% self", "3: 60% self", "4: 20% self", "7: ƒ 20% self", "8: 20% self"];

/// A workspace with its server, the text of `server.js` open.
pub struct Workspace {
    pub client: Client,
    /// Where it is.
    pub root: PathBuf,
    /// The text.
    pub uri: String,
    _folder: TempDir,
}

impl Workspace {
    /// With [`NEWER`] and [`OLDER`] stored, and the first one shown.
    pub fn start(options: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Profiles name files without symbolic links.
        let root = folder.path().canonicalize().unwrap();
        let file = root.join("server.js");
        std::fs::write(&file, SERVER).unwrap();
        store(&root, OLDER, "server.js", SERVER, &profile(&file, &OLDER_STACKS));
        store(&root, NEWER, "server.js", SERVER, &profile(&file, &STACKS));
        let mut client = Client::start(options(Options::in_folder(&root)));
        client.open(&uri(&file), "javascript", SERVER);
        client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([NEWER]));
        Self { client, uri: uri(&file), root, _folder: folder }
    }

    /// Sends a request that is answered.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.client.request(method, params.clone()).unwrap_or_else(|error| panic!("{method} {params}: {error:#}"))
    }

    /// Opens a model and gives its name.
    pub fn model(&mut self, params: Value) -> String {
        self.ask("tickmark/views/open", params)["model"].as_str().unwrap().to_owned()
    }

    /// The number of a function in a model.
    pub fn frame(&mut self, model: &str, name: &str) -> u64 {
        let rows = self.ask("tickmark/views/table", json!({ "model": model, "kind": "bottomUp", "limit": 100 }));
        let rows = rows["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["frame"]["name"] == name).unwrap_or_else(|| panic!("no {name} in {rows:#?}"));
        row["frame"]["id"].as_u64().unwrap()
    }

    /// `line: label` of the hints of the text.
    pub fn hints(&mut self) -> Vec<String> {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let hints = self.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri }, "range": range }));
        let label = |hint: &Value| format!("{}: {}", hint["position"]["line"].as_u64().unwrap() + 1, hint["label"].as_str().unwrap());
        hints.as_array().unwrap().iter().map(label).collect()
    }

    /// The lenses of the text.
    pub fn lenses(&mut self) -> Vec<Value> {
        self.ask("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri } })).as_array().unwrap().clone()
    }

    /// The text of the hover at a place, 0-based.
    pub fn hover(&mut self, line: u32, character: u32) -> String {
        let at = json!({ "line": line, "character": character });
        let hover = self.ask("textDocument/hover", json!({ "textDocument": { "uri": self.uri }, "position": at }));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Executes a command.
    pub fn execute(&mut self, command: &str, argument: Value) -> Value {
        self.ask("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
    }
}
