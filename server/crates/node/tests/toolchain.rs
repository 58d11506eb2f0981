//! Finding and probing real and fake binaries.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use node::toolchain::{Env, ProbeError, ToolchainError, Why, find};
use support::{node, nodes, toolchain};

struct Machine {
    dir: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { dir: tempfile::tempdir().unwrap() };
        for dir in ["project/sub", "path", "home"] {
            fs::create_dir_all(machine.at(dir)).unwrap();
        }
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn script(&self, path: &str, text: &str) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Like a version manager's shim: runs the real one.
    fn real(&self, path: &str, node: &Path) {
        self.script(path, &format!("exec {} \"$@\"", node.display()));
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
    }

    async fn find(&self, setting: Option<&Path>) -> Result<node::toolchain::Toolchain, ToolchainError> {
        let env: Env = [
            ("PATH", format!("{}:/usr/bin:/bin", self.at("path").display())),
            ("HOME", self.at("home").display().to_string()),
            ("N_PREFIX", "/no/such".into()),
        ]
        .into_iter()
        .collect();
        find(&self.at("project/sub"), setting, &env).await
    }
}

#[tokio::test]
async fn every_test_binary_tells_what_it_is() {
    for path in nodes() {
        let found = toolchain(&path).await;
        assert!(found.version.major >= 18 && !found.v8_version.is_empty() && !found.arch.is_empty());
        for flag in
            ["prof", "log-deopt", "log-ic", "logfile", "redirect-code-traces-to", "sparkplug", "inspect", "cpu-prof", "require", "env-file"]
        {
            // --env-file came with Node 20.
            assert!(found.knows(flag) || flag == "env-file" && found.version.major < 20, "{} {flag}", found.version);
        }
        assert!(!found.knows("trace-ic") && !found.knows("no-such-flag"));
        assert_eq!(found.lts.as_deref() == Some("iron"), found.version.major == 20);
    }
}

#[tokio::test]
async fn the_path_and_the_setting() {
    let machine = Machine::new();
    machine.real("path/node", &node());
    let found = machine.find(None).await.unwrap();
    assert_eq!((&found.source, &found.notice), (&Why::Path, &None));
    // The shim is resolved.
    assert_eq!(found.path.canonicalize().unwrap(), node().canonicalize().unwrap());
    machine.real("other/bin/node", &node());
    let found = machine.find(Some(&machine.at("other"))).await.unwrap();
    assert_eq!(found.source, Why::Setting);
    let error = machine.find(Some(Path::new("/no/such"))).await.unwrap_err();
    assert!(matches!(error, ToolchainError::Setting { .. }), "{error}");
}

#[tokio::test]
async fn what_the_project_asks_for() {
    let real = toolchain(&node()).await;
    let major = real.version.major;
    let machine = Machine::new();
    machine.real("path/node", &node());
    machine.write("project/package.json", &format!(r#"{{"engines": {{"node": ">={major} <{}"}}}}"#, major + 1));
    let found = machine.find(None).await.unwrap();
    assert!(matches!(&found.source, Why::Project { file, .. } if file.ends_with("project/package.json")), "{found:?}");
    // A pin further up beats the range, but is not installed.
    machine.write(".nvmrc", "v16.3\n");
    let found = machine.find(None).await.unwrap();
    assert_eq!(found.source, Why::Path);
    let notice = found.notice.unwrap();
    assert!(
        notice.contains(".nvmrc asks for Node.js v16.3, which is not installed") && notice.contains(&real.version.to_string()),
        "{notice}"
    );
    // A version manager has what is asked for, and PATH has not.
    machine.script("path/node", "echo v17.0.0");
    machine.write(".nvmrc", &format!("{major}\n"));
    let kept = format!("home/.nvm/versions/node/v{}", real.version);
    machine.real(&format!("{kept}/bin/node"), &node());
    let found = machine.find(None).await.unwrap();
    assert!(matches!(&found.source, Why::Project { file, .. } if file.ends_with(".nvmrc")), "{found:?}");
    assert_eq!(found.version, real.version);
    // An alias of nvm's.
    machine.write(".nvmrc", "mine\n");
    fs::create_dir_all(machine.at("home/.nvm/alias")).unwrap();
    machine.write("home/.nvm/alias/mine", &format!("v{major}"));
    assert_eq!(machine.find(None).await.unwrap().version, real.version);
    // Nothing in PATH: the version manager's.
    fs::remove_file(machine.at(".nvmrc")).unwrap();
    fs::remove_file(machine.at("project/package.json")).unwrap();
    fs::remove_file(machine.at("path/node")).unwrap();
    let env: Env = [("PATH", machine.at("path")), ("HOME", machine.at("home"))].into_iter().collect();
    let env: Env = env.iter().chain([("N_PREFIX".as_ref(), "/no/such".as_ref())]).collect();
    machine.script("path/env", "");
    let found = find(&machine.at("project"), None, &env).await.unwrap();
    assert_eq!(found.source, Why::Installed { manager: "nvm" });
    assert!(found.notice.unwrap().contains("No `node` in PATH"));
}

#[tokio::test]
async fn a_broken_package_json_is_told() {
    let machine = Machine::new();
    machine.real("path/node", &node());
    machine.write("project/package.json", "{ nope");
    let notice = machine.find(None).await.unwrap().notice.unwrap();
    assert!(notice.contains("project/package.json"), "{notice}");
}

#[tokio::test]
async fn too_old_none_and_not_node() {
    let machine = Machine::new();
    machine.script("path/node", "echo v16.20.2");
    let error = machine.find(None).await.unwrap_err();
    assert!(matches!(&error, ToolchainError::TooOld { version, .. } if version.major == 16), "{error}");
    assert!(error.to_string().contains("18 or later"), "{error}");
    for (text, words) in [("echo hello", "hello"), ("exit 3", "exit code 3"), ("echo v20.0.0", "v20.0.0")] {
        machine.script("path/node", text);
        let error = machine.find(None).await.unwrap_err();
        assert!(matches!(&error, ToolchainError::Probe(ProbeError::NotNode { .. })), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let empty: Env = [("PATH", machine.at("home")), ("HOME", machine.at("home")), ("N_PREFIX", "/no/such".into())].into_iter().collect();
    let error = find(&machine.at("project"), None, &empty).await.unwrap_err();
    assert!(matches!(error, ToolchainError::NotFound { directories: 1 }), "{error}");
}

#[tokio::test]
async fn a_binary_that_hangs_is_killed() {
    let machine = Machine::new();
    let file = machine.at("pid");
    machine.script("path/node", &format!("sleep 1000 & echo $! > {}; wait", file.display()));
    let error = machine.find(None).await.unwrap_err();
    assert!(matches!(&error, ToolchainError::Probe(ProbeError::Hangs { .. })), "{error}");
    let pid: u32 = fs::read_to_string(file).unwrap().trim().parse().unwrap();
    support::all_dead(&[pid]).await;
}
