//! Workspaces of several folders, and folders that come, go, or are reached through a symbolic link.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const RUN: &str = "20261121-101530-aaaa";
const OTHER_RUN: &str = "20261121-101531-bbbb";

/// A folder with a server and a stored run of it; the profile names the server's file as it is without symbolic links.
fn measured(root: &Path, run: &str) -> PathBuf {
    std::fs::create_dir_all(root).unwrap();
    let file = root.canonicalize().unwrap().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    store(root, run, "server.js", SERVER, &profile(&file, &STACKS));
    root.join("server.js")
}

/// `(run, folder)` of the list.
fn listed(runs: &Value) -> Vec<(String, String)> {
    let text = |run: &Value, key: &str| run[key].as_str().unwrap().to_owned();
    runs["runs"].as_array().unwrap().iter().map(|run| (text(run, "id"), text(run, "folder"))).collect()
}

fn expected(run: &str, folder: &Path) -> (String, String) {
    (run.to_owned(), folder.to_str().unwrap().to_owned())
}

#[test]
fn runs_come_and_go_with_their_folders() {
    let top = tempfile::tempdir().unwrap();
    let top = top.path().canonicalize().unwrap();
    let (api, web) = (top.join("api"), top.join("web"));
    measured(&api, RUN);
    let file = measured(&web, OTHER_RUN);
    let mut client = Client::start(Options { folders: vec![uri(&api), uri(&web)], ..Options::default() });
    let both = [expected(OTHER_RUN, &web), expected(RUN, &api)];
    client.poll("tickmark/runs", Value::Null, |runs| listed(runs) == both && runs["shown"] == json!([RUN, OTHER_RUN]));

    let folder = json!({ "uri": uri(&web), "name": "web" });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [folder] } }));
    client.poll("tickmark/runs", Value::Null, |runs| listed(runs) == both[1..] && runs["shown"] == json!([RUN]));
    // A file of it brings its own folder, with what is stored there.
    client.open(&uri(&file), "javascript", SERVER);
    client.poll("tickmark/runs", Value::Null, |runs| listed(runs) == both && runs["shown"] == json!([RUN, OTHER_RUN]));

    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [folder], "removed": [] } }));
    client.poll("tickmark/runs", Value::Null, |runs| listed(runs) == both);
}

#[test]
fn a_removed_folder_keeps_showing_its_runs_in_open_texts() {
    let top = tempfile::tempdir().unwrap();
    let web = top.path().canonicalize().unwrap().join("web");
    let file = measured(&web, RUN);
    let mut client = Client::start(Options::in_folder(&web));
    client.open(&uri(&file), "javascript", SERVER);
    client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([RUN]));
    let folder = json!({ "uri": uri(&web), "name": "web" });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [folder] } }));
    client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([RUN]));
}

#[test]
#[cfg(unix)]
fn files_behind_a_symbolic_link_keep_the_name_they_were_opened_by() {
    let top = tempfile::tempdir().unwrap();
    let top = top.path().canonicalize().unwrap();
    let (there, link) = (top.join("there"), top.join("link"));
    measured(&there, RUN);
    std::os::unix::fs::symlink(&there, &link).unwrap();
    let file = link.join("server.js");
    let mut client = Client::start(Options::in_folder(&link));
    client.open(&uri(&file), "javascript", SERVER);
    client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([RUN]));
    let at = json!({ "textDocument": { "uri": uri(&file) }, "position": { "line": 1, "character": 10 } });
    let hover = client.request("textDocument/hover", at).unwrap().to_string();
    assert!(hover.contains(link.to_str().unwrap()) && !hover.contains(there.to_str().unwrap()), "{hover}");
    let spots = json!({ "command": "tickmark.hotspots", "arguments": [{ "message": false }] });
    let spots = client.request("workspace/executeCommand", spots).unwrap();
    assert_eq!(spots[0]["file"], json!(file), "{spots}");
    let model = client.request("tickmark/views/open", json!({ "runId": RUN })).unwrap();
    assert_eq!(model["root"], json!(link));
    let rows = json!({ "model": model["model"], "kind": "bottomUp", "limit": 1 });
    let rows = client.request("tickmark/views/table", rows).unwrap();
    assert_eq!(rows["rows"][0]["frame"]["path"], json!(file), "{rows}");
    // By its other name it is the same folder.
    client.open(&uri(&there.join("server.js")), "javascript", SERVER);
    client
        .poll("tickmark/runs", Value::Null, |runs| runs["shown"].as_array().unwrap().len() == 2 && listed(runs) == [expected(RUN, &link)]);
}

#[test]
fn a_file_that_package_json_names_is_a_program_as_soon_as_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("package.json"), r#"{ "name": "one", "bin": { "one": "one.js", "two": "two.js" } }"#).unwrap();
    let text = "console.log(1);\n";
    let (one, two) = (root.join("one.js"), root.join("two.js"));
    std::fs::write(&one, text).unwrap();
    let mut client = Client::start(Options::in_folder(root));
    client.open(&uri(&one), "javascript", text);
    let lenses = |file: &Path| json!({ "textDocument": { "uri": uri(file) } });
    client.poll("textDocument/codeLens", lenses(&one), |lenses| lenses.to_string().contains("Profile one.js"));
    std::fs::write(&two, text).unwrap();
    client.open(&uri(&two), "javascript", text);
    client.poll("textDocument/codeLens", lenses(&two), |lenses| lenses.to_string().contains("Profile two.js"));
}
