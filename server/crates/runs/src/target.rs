//! What a run measures.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What a run measures. Two runs of equal targets are comparable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Target {
    /// A route of a server, under load.
    #[serde(rename_all = "camelCase")]
    Route {
        /// The server's file, relative to the workspace, with forward slashes.
        entry: PathBuf,
        /// HTTP method in capitals.
        method: String,
        /// Pattern as in the program, such as `/users/:id`.
        path: String,
    },
    /// A program that runs to its end.
    #[serde(rename_all = "camelCase")]
    Program {
        /// The program's file, relative to the workspace, with forward slashes.
        entry: PathBuf,
        /// Its arguments.
        args: Vec<String>,
    },
}

impl Target {
    /// The file that is started, relative to the workspace.
    pub fn entry(&self) -> &PathBuf {
        match self {
            Self::Route { entry, .. } | Self::Program { entry, .. } => entry,
        }
    }

    /// What is measured and of which program: `GET /hello · server.js`, `script.js 10`.
    pub fn title(&self) -> String {
        match self {
            Self::Route { entry, .. } => format!("{self} · {}", entry.display()),
            Self::Program { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route { method, path, .. } => write!(f, "{method} {path}"),
            Self::Program { entry, args } => {
                write!(f, "{}", entry.display())?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))
            }
        }
    }
}
