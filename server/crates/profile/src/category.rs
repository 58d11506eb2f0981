//! What kind of code a frame is.

use serde::{Deserialize, Serialize};

/// What kind of code a frame is; also the colour of the flamegraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    /// The project's own JavaScript.
    App,
    /// JavaScript below a `node_modules` folder.
    Dependency,
    /// JavaScript that Node itself ships (`node:…`).
    NodeCore,
    /// Machine code that is not compiled JavaScript: builtins, regular expressions, shared libraries, the kernel.
    Native,
    /// V8 parsing or compiling on the program's thread.
    Compiler,
    /// V8's garbage collector.
    Gc,
    /// Anything else with no JavaScript on the stack.
    Program,
    /// The event loop waited, or the operating system did not run the program.
    Idle,
    /// JavaScript whose function is not known.
    Unresolved,
}

impl Category {
    /// Every category, in display order.
    pub const ALL: [Self; 9] =
        [Self::App, Self::Dependency, Self::NodeCore, Self::Native, Self::Compiler, Self::Gc, Self::Program, Self::Idle, Self::Unresolved];

    /// Category of JavaScript by the URL or path of its script, as V8 names it.
    pub fn of_script(url: &str) -> Self {
        if url.starts_with("node:") {
            Self::NodeCore
        } else if url.split(['/', '\\']).any(|part| part == "node_modules") {
            Self::Dependency
        } else {
            Self::App
        }
    }

    /// Whether frames of this category are functions written in JavaScript.
    pub fn is_javascript(self) -> bool {
        matches!(self, Self::App | Self::Dependency | Self::NodeCore)
    }

    /// Whether time of this category, as a leaf, belongs to the JavaScript line that is executing it.
    pub fn belongs_to_caller(self) -> bool {
        matches!(self, Self::Native | Self::Compiler)
    }

    /// Name for a person.
    pub fn label(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Dependency => "dependency",
            Self::NodeCore => "node core",
            Self::Native => "native",
            Self::Compiler => "compiler",
            Self::Gc => "gc",
            Self::Program => "program",
            Self::Idle => "idle",
            Self::Unresolved => "unresolved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Category;

    #[test]
    fn category_of_script() {
        fn check(url: &str, expected: Category) {
            assert_eq!(Category::of_script(url), expected, "{url}");
        }
        check("/app/server.js", Category::App);
        check("file:///app/server.mjs", Category::App);
        check("/app/node_modules/express/lib/router.js", Category::Dependency);
        check(r"C:\app\node_modules\express\index.js", Category::Dependency);
        check("/app/my_node_modules_copy/x.js", Category::App);
        check("node:internal/timers", Category::NodeCore);
        check("", Category::App);
    }
}
