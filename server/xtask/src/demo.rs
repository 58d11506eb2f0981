//! `cargo xtask demo`: a profile of the example server, made as a user would make it.

use std::path::Path;

use anyhow::Result;

use crate::{
    process::{cargo, stream},
    setup,
};

/// Profiles `GET /hello` of `tests/projects/hello-server` and prints its hot lines.
pub(crate) fn run(root: &Path) -> Result<()> {
    setup::locked_packages(&root.join("tests/projects/hello-server"))?;
    stream(&mut cargo(
        root,
        ["run", "--release", "--package", "tickmark", "--", "profile", "tests/projects/hello-server/server.js", "--route", "GET /hello"],
    ))
}
