//! The platforms that Tickmark is packaged for: the one table of them. `editors/vscode/platforms.json` is written from it by
//! `cargo xtask codegen`, and read by the extension's packaging and tests.

use std::{env, fmt::Write as _};

use anyhow::{Context, Result, bail};
use serde_json::json;

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Platform {
    /// VS Code's name of it, in the names of files and for `--target`.
    pub(crate) name: &'static str,
    /// Rust's name of it.
    pub(crate) triple: &'static str,
    /// Node's `process.platform`.
    pub(crate) node_platform: &'static str,
    /// Node's `process.arch`.
    pub(crate) node_arch: &'static str,
    /// The file of the program.
    pub(crate) binary: &'static str,
    /// Names of C compilers that build for it from elsewhere, and link. None where that takes a machine of its own kind.
    pub(crate) cross_compilers: &'static [&'static str],
}

/// All of them.
pub(crate) const PLATFORMS: [Platform; 7] = [
    Platform {
        name: "linux-x64",
        triple: "x86_64-unknown-linux-gnu",
        node_platform: "linux",
        node_arch: "x64",
        binary: "tickmark",
        cross_compilers: &["x86_64-linux-gnu-gcc"],
    },
    Platform {
        name: "linux-arm64",
        triple: "aarch64-unknown-linux-gnu",
        node_platform: "linux",
        node_arch: "arm64",
        binary: "tickmark",
        cross_compilers: &["aarch64-linux-gnu-gcc"],
    },
    Platform {
        name: "alpine-x64",
        triple: "x86_64-unknown-linux-musl",
        node_platform: "linux",
        node_arch: "x64",
        binary: "tickmark",
        cross_compilers: &["x86_64-linux-musl-gcc", "musl-gcc"],
    },
    Platform {
        name: "alpine-arm64",
        triple: "aarch64-unknown-linux-musl",
        node_platform: "linux",
        node_arch: "arm64",
        binary: "tickmark",
        cross_compilers: &["aarch64-linux-musl-gcc"],
    },
    Platform {
        name: "darwin-x64",
        triple: "x86_64-apple-darwin",
        node_platform: "darwin",
        node_arch: "x64",
        binary: "tickmark",
        cross_compilers: &[],
    },
    Platform {
        name: "darwin-arm64",
        triple: "aarch64-apple-darwin",
        node_platform: "darwin",
        node_arch: "arm64",
        binary: "tickmark",
        cross_compilers: &[],
    },
    Platform {
        name: "win32-x64",
        triple: "x86_64-pc-windows-msvc",
        node_platform: "win32",
        node_arch: "x64",
        binary: "tickmark.exe",
        cross_compilers: &[],
    },
];

/// The file that [`json`] is written to, relative to the repository.
pub(crate) const JSON: &str = "editors/vscode/platforms.json";

impl Platform {
    /// By VS Code's name.
    pub(crate) fn by_name(name: &str) -> Result<&'static Self> {
        match PLATFORMS.iter().find(|platform| platform.name == name) {
            Some(platform) => Ok(platform),
            None => bail!("there is no platform `{name}`; known are {}", PLATFORMS.map(|platform| platform.name).join(", ")),
        }
    }

    /// By Rust's name.
    pub(crate) fn by_triple(triple: &str) -> Result<&'static Self> {
        PLATFORMS
            .iter()
            .find(|platform| platform.triple == triple)
            .with_context(|| format!("Tickmark is not packaged for {triple}; `cargo xtask dist --list` prints for what it is"))
    }

    /// Whether this machine can run its programs.
    pub(crate) fn runs_here(&self) -> bool {
        let os = match self.node_platform {
            "darwin" => "macos",
            "win32" => "windows",
            other => other,
        };
        let arch = if self.node_arch == "arm64" { "aarch64" } else { "x86_64" };
        // Programs for musl hold their C library.
        let libc = self.triple.ends_with("musl") || cfg!(not(target_env = "musl"));
        os == env::consts::OS && arch == env::consts::ARCH && libc
    }

    /// `-gnu` alone: the oldest C library that will do is a property of the build.
    pub(crate) fn needs_glibc(&self) -> bool {
        self.triple.ends_with("-gnu")
    }
}

/// The table, to be read by people.
pub(crate) fn listed() -> String {
    let mut text = format!("{:<14} {:<28} {:<18} {}\n", "target", "Rust", "Node", "binary");
    for platform in &PLATFORMS {
        let node = format!("{} {}", platform.node_platform, platform.node_arch);
        let _ = writeln!(text, "{:<14} {:<28} {:<18} {}", platform.name, platform.triple, node, platform.binary);
    }
    text
}

/// The table, to be read by programs: an array of `{ target, triple, platform, arch, binary }`.
pub(crate) fn json() -> Result<String> {
    let rows = PLATFORMS.map(|platform| {
        json!({
            "target": platform.name,
            "triple": platform.triple,
            "platform": platform.node_platform,
            "arch": platform.node_arch,
            "binary": platform.binary,
        })
    });
    Ok(serde_json::to_string_pretty(&rows)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_is_named_once_and_as_node_and_rust_name_it() {
        for platform in &PLATFORMS {
            let Platform { name, triple, node_platform, node_arch, binary, .. } = platform;
            assert_eq!(Platform::by_name(name).expect("known"), platform, "{name} is there once");
            assert_eq!(Platform::by_triple(triple).expect("known"), platform, "{triple} is there once");
            assert_eq!(*binary == "tickmark.exe", *node_platform == "win32", "{name}");
            assert_eq!(triple.starts_with("aarch64-"), *node_arch == "arm64", "{name}");
            let system = if triple.ends_with("-musl") { "alpine" } else { node_platform };
            assert_eq!(*name, format!("{system}-{node_arch}"));
        }
        let error = Platform::by_name("amiga").expect_err("unknown");
        assert!(error.to_string().contains("linux-x64, linux-arm64"), "{error}");
    }

    #[test]
    fn this_machine_runs_one_platform_or_two() {
        let here: Vec<_> = PLATFORMS.iter().filter(|platform| platform.runs_here()).map(|platform| platform.name).collect();
        if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
            assert_eq!(here, ["linux-x64", "alpine-x64"]);
        }
        assert!(here.len() <= 2, "{here:?}");
    }

    #[test]
    fn the_list_has_a_line_for_each() {
        let text = listed();
        assert_eq!(text.lines().count(), 1 + PLATFORMS.len());
        assert!(text.contains("alpine-arm64   aarch64-unknown-linux-musl   linux arm64        tickmark\n"), "{text}");
    }

    #[test]
    fn the_extension_has_the_same_table() {
        let root = crate::root().expect("the repository");
        let written = std::fs::read_to_string(root.join(JSON)).expect("run `cargo xtask codegen`");
        assert_eq!(written, json().expect("written"), "{JSON} is not current: run `cargo xtask codegen`");
    }
}
