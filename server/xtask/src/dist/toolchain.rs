//! Building for a platform: what it takes, and what of that is missing.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::platforms::Platform;
use crate::process::{capture, cargo, on_path, stream};

/// Rust's name of the machine we run on.
pub(crate) fn host() -> Result<String> {
    let told = capture(Command::new(rustc()).arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    Ok(host.to_owned())
}

/// Builds the program for a platform, without debug information, and says where it is. Fails with a list of what is missing.
pub(crate) fn build(root: &Path, platform: &Platform) -> Result<PathBuf> {
    let host = host()?;
    let compiler = compiler(platform, &host, |name| env::var_os(name), |name| on_path(name).is_some());
    let mut missing = Vec::new();
    if !has_standard_library(platform)? {
        missing.push(format!("Rust's standard library for it: `rustup target add {}`", platform.triple));
    }
    let environment = match compiler {
        Ok(environment) => environment,
        Err(lacking) => {
            missing.push(lacking);
            BTreeMap::new()
        }
    };
    if !missing.is_empty() {
        bail!("{} cannot be built on this machine ({host}). Missing:\n- {}", platform.name, missing.join("\n- "));
    }
    stream(
        cargo(root, ["build", "--locked", "--package", "tickmark", "--profile", "dist", "--target", platform.triple]).envs(environment),
    )?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let binary = root.join(target).join(platform.triple).join("dist").join(platform.binary);
    if !binary.is_file() {
        bail!("cargo built no {}", binary.display());
    }
    Ok(binary)
}

/// The compiler that cargo uses.
pub(crate) fn rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn has_standard_library(platform: &Platform) -> Result<bool> {
    let folder = capture(Command::new(rustc()).args(["--print", "target-libdir", "--target", platform.triple]))?;
    Ok(Path::new(folder.trim()).is_dir())
}

/// What cargo and the `cc` crate are to be told of the C compiler, as environment variables; else what is missing. It compiles the
/// grammars, which are written in C, and links. `variable` reads the environment, `is_there` looks for a program.
fn compiler(
    platform: &Platform,
    host: &str,
    variable: impl Fn(&str) -> Option<OsString>,
    is_there: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, OsString>, String> {
    let underscored = platform.triple.replace('-', "_");
    let linker = format!("CARGO_TARGET_{}_LINKER", underscored.to_uppercase());
    let compiler = format!("CC_{underscored}");
    if platform.triple == host || (variable(&linker).is_some() && variable(&compiler).is_some()) {
        return Ok(BTreeMap::new());
    }
    // Apple's tools build for both of its processors.
    if platform.node_platform == "darwin" && host.ends_with("-apple-darwin") {
        return Ok(BTreeMap::new());
    }
    if let Some(found) = platform.cross_compilers.iter().find(|name| is_there(name)) {
        return Ok([linker, compiler].map(|name| (name, found.into())).into());
    }
    let by_hand = format!("set {linker} and {compiler}");
    Err(match platform.cross_compilers {
        [] => format!("a compiler and linker of {}: build it there, or {by_hand}", platform.node_platform),
        names => format!("a C compiler for it: install {}, or {by_hand}", names.join(" or ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = "x86_64-unknown-linux-gnu";

    /// What is told to cargo, or missing, where these variables and programs are.
    fn check(name: &str, host: &str, variables: &[&str], programs: &[&str], expected: Result<&[(&str, &str)], &str>) {
        let platform = Platform::by_name(name).expect("known");
        let found =
            compiler(platform, host, |name| variables.contains(&name).then(|| "mine".into()), |program| programs.contains(&program));
        let expected = expected
            .map(|told| told.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect::<BTreeMap<_, _>>())
            .map_err(str::to_owned);
        assert_eq!(found, expected, "{name} on {host}");
    }

    #[test]
    fn compilers_of_other_platforms_are_found_or_named() {
        check("linux-x64", LINUX, &[], &[], Ok(&[]));
        check("darwin-x64", "aarch64-apple-darwin", &[], &[], Ok(&[]));
        check(
            "alpine-x64",
            LINUX,
            &[],
            &["musl-gcc"],
            Ok(&[("CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER", "musl-gcc"), ("CC_x86_64_unknown_linux_musl", "musl-gcc")]),
        );
        check("linux-arm64", LINUX, &["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "CC_aarch64_unknown_linux_gnu"], &[], Ok(&[]));
        check(
            "linux-arm64",
            LINUX,
            &["CC_aarch64_unknown_linux_gnu"],
            &["gcc"],
            Err("a C compiler for it: install aarch64-linux-gnu-gcc, or set CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER and \
                 CC_aarch64_unknown_linux_gnu"),
        );
        check(
            "win32-x64",
            LINUX,
            &[],
            &["gcc"],
            Err("a compiler and linker of win32: build it there, or set CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_LINKER and \
                 CC_x86_64_pc_windows_msvc"),
        );
    }

    #[test]
    fn this_machine_is_known_to_rustc() {
        let host = host().expect("rustc");
        assert_eq!(host.split('-').next(), Some(env::consts::ARCH));
        if let Ok(platform) = Platform::by_triple(&host) {
            assert!(has_standard_library(platform).expect("rustc"));
            assert!(platform.runs_here());
        }
    }
}
