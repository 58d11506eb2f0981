//! The JavaScript text of Node's own modules, to which `node:…` positions refer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::toolchain::probe::{self, ProbeError};
use crate::toolchain::{Env, Toolchain};

/// Why the texts could not be had.
#[derive(Debug, thiserror::Error)]
pub enum NativesError {
    /// The binary could not be run.
    #[error("cannot read the sources of Node's own modules: {0}")]
    Run(#[from] ProbeError),
    /// It printed something else.
    #[error("{} printed no list of its own modules: {source}", .path.display())]
    Unreadable {
        /// The binary.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
}

// `natives` is the table the binary compiles its modules from (lib/internal/bootstrap/realm.js).
const SCRIPT: &str = "const natives = process.binding('natives'); \
    const texts = {}; \
    for (const id of Object.keys(natives)) \
      if (typeof natives[id] === 'string') texts[id] = natives[id]; \
    process.stdout.write(JSON.stringify(texts));";

/// Texts by module id, without the `node:` of a V8 log (`internal/main/run_main_module`).
///
/// V8's offsets and line:column positions of a `node:<id>` function refer to
/// exactly this text: it is compiled without a wrapper.
pub async fn builtin_sources(toolchain: &Toolchain) -> Result<HashMap<String, String>, NativesError> {
    let env = Env::current();
    let dir = std::env::temp_dir();
    let args = ["--no-deprecation", "--no-warnings", "-e", SCRIPT];
    let printed = probe::run(&toolchain.path, &args, &dir, &env, Duration::from_secs(30)).await?;
    serde_json::from_slice(&printed.stdout).map_err(|source| NativesError::Unreadable { path: toolchain.path.clone(), source })
}
