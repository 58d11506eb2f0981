//! What a reader may ask about the scripts of a profile.

use profile::Position;
use std::sync::Arc;

/// A function of a script's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFunction {
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// Where V8 says it begins: its parameter list.
    pub start: Position,
    /// 1-based first line of the whole function.
    pub first_line: u32,
    /// 1-based last line of the whole function.
    pub last_line: u32,
}

/// The texts of the scripts that ran, by the URL V8 gives them. A reader never opens files itself.
pub trait Scripts {
    /// The text as it was executed; none when it cannot be had.
    fn text(&self, url: &str) -> Option<Arc<str>>;

    /// The functions of the script, in text order; empty when they cannot be had.
    fn functions(&self, url: &str) -> Vec<ScriptFunction>;
}

/// No text of any script.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoScripts;

impl Scripts for NoScripts {
    fn text(&self, _: &str) -> Option<Arc<str>> {
        None
    }

    fn functions(&self, _: &str) -> Vec<ScriptFunction> {
        Vec::new()
    }
}
