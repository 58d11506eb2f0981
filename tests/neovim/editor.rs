//! Neovim with a home of its own: nothing of the user's is read or written.

use crate::project::Project;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for one script.
const LIMIT: Duration = Duration::from_secs(90);

/// What Neovim is started with.
#[derive(Clone, Copy, Debug)]
pub enum Setup {
    /// The lines of the plugin's README that need no plugin, and nothing else.
    WithoutPlugin,
    /// The plugin, installed as a package, with its own settings where the script makes some.
    Plugin,
}

/// A home for one Neovim.
#[derive(Debug)]
pub struct Editor {
    home: Project,
    setup: Setup,
}

impl Editor {
    /// Prepares it.
    pub fn new(setup: Setup) -> Self {
        let home = Project::with(&[]);
        match setup {
            Setup::WithoutPlugin => {
                home.write("init.lua", lines_without_plugin());
            }
            Setup::Plugin => {
                home.write("init.lua", "");
                copy(&repository().join("editors/neovim"), &home.path().join("data/nvim/site/pack/tickmark/start/tickmark"));
            }
        }
        Self { home, setup }
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Variables of its environment: `tickmark` is the one that was built for this test.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let built = Path::new(env!("CARGO_BIN_EXE_tickmark")).parent().unwrap().to_path_buf();
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([self.home().join("bin"), built].into_iter().chain(env::split_paths(&path))).unwrap();
        let at = |name: &str| self.home().join(name).display().to_string();
        vec![
            ("PATH", path.into_string().unwrap()),
            ("HOME", at("home")),
            ("XDG_CONFIG_HOME", at("config")),
            ("XDG_DATA_HOME", at("data")),
            ("XDG_STATE_HOME", at("state")),
            ("XDG_CACHE_HOME", at("cache")),
            ("XDG_CONFIG_DIRS", at("none")),
            ("NVIM_LOG_FILE", at("nvim.log")),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
        ]
    }

    /// The command line that edits a file.
    pub fn command(&self, file: &Path) -> Vec<String> {
        let words = [nvim().display().to_string(), "-n".into(), "-u".into(), self.home().join("init.lua").display().to_string()];
        words.into_iter().chain([file.display().to_string()]).collect()
    }

    /// Runs a script of this folder in a Neovim without a screen that edits `file`, and fails unless the script succeeds.
    #[track_caller]
    pub fn run(&self, script: &str, file: &Path) {
        let scripts = repository().join("tests/neovim");
        let script = scripts.join(script);
        assert!(script.is_file(), "{} is missing", script.display());
        let words = self.command(file);
        let output = self.home().join("output");
        let stdout = fs::File::create(&output).unwrap();
        let mut child = Command::new(&words[0])
            .arg("--headless")
            .args(&words[1..])
            .args(["-c", &format!("luafile {}", script.display())])
            .envs(self.environment())
            .env("SPEC", scripts.join("spec.lua"))
            .current_dir(file.parent().unwrap())
            .stdin(Stdio::null())
            .stderr(stdout.try_clone().unwrap())
            .stdout(stdout)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", words[0]));
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("{} did not end within {LIMIT:?}:\n{}", script.display(), self.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let said = self.said();
        assert!(status.success() && said.contains("PASS"), "{} with {:?}, {status}:\n{said}", script.display(), self.setup);
    }

    /// What the script printed, and the end of the protocol's log.
    fn said(&self) -> String {
        let output = fs::read(self.home().join("output")).unwrap_or_default();
        let log = fs::read_to_string(self.home().join("state/nvim/lsp.log")).unwrap_or_default();
        let log: Vec<&str> = log.lines().rev().take(30).collect();
        let log: Vec<&str> = log.into_iter().rev().collect();
        format!("{}\n-- lsp.log --\n{}", String::from_utf8_lossy(&output), log.join("\n"))
    }
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Neovim to test with: `TICKMARK_TEST_NVIM`, the one that `cargo xtask test` installed, or one on PATH.
pub fn nvim() -> PathBuf {
    if let Some(path) = env::var_os("TICKMARK_TEST_NVIM").map(PathBuf::from) {
        assert!(path.is_file(), "TICKMARK_TEST_NVIM is {}, which is no file", path.display());
        return path;
    }
    let installed = repository().join(".tools/neovim/usr/bin/nvim");
    if installed.is_file() {
        return installed;
    }
    let found = on_path("nvim").expect("no Neovim: run `cargo xtask test`, which installs one, or set TICKMARK_TEST_NVIM");
    let version = Command::new(&found).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
    let minor = version.strip_prefix("NVIM v0.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    let new = minor.map_or(version.starts_with("NVIM v"), |minor| minor >= 10);
    assert!(new, "{} is {version}; set TICKMARK_TEST_NVIM to 0.10 or newer, or run `cargo xtask test`", found.display());
    found
}

/// The first file of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The first block of Lua below the heading "Without the plugin" of the plugin's README.
fn lines_without_plugin() -> String {
    let readme = fs::read_to_string(repository().join("editors/neovim/README.md")).unwrap();
    let section = readme.split("## Without the plugin").nth(1).expect("the README has this section");
    let block = section.split("```lua\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("the section has a block of Lua").to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
