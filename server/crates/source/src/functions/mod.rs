//! The functions of a file, named and placed as V8 names and places them.
//!
//! Names and positions were measured on Node 18, 20, 22, 24 and 26 with `--log-code`; `tests/v8_names.rs` compares every function of
//! the fixtures with what the engine logs.

mod interval;
pub(crate) mod literal;
mod names;
mod walk;

use ropey::Rope;

use crate::position::{ByteOffset, ByteRange};
use crate::syntax::Syntax;
use interval::Innermost;

/// All functions of a text, outer before inner, in the order in which they begin. The first is always the top level.
pub fn functions(syntax: &Syntax, text: &Rope) -> Functions {
    walk::walk(syntax, text)
}

/// Which kind of code a [`Function`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    /// The script or module itself.
    Toplevel,
    /// `function` declaration or expression.
    Function,
    /// Arrow function.
    Arrow,
    /// Method of a class or an object literal.
    Method,
    /// `get x() {}`.
    Getter,
    /// `set x(value) {}`.
    Setter,
    /// `constructor() {}` of a class.
    Constructor,
    /// The constructor of a class that does not write one.
    DefaultConstructor,
    /// The values of a class's instance fields, which V8 compiles as one function.
    InstanceInitializer,
    /// The values of a class's static fields and its static blocks, which V8 compiles as one function.
    StaticInitializer,
}

/// One function of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// As V8 shows it: the function's own name, else the one inferred from where it is assigned (`module.exports`, `obj.list`);
    /// empty for an anonymous one.
    pub name: String,
    /// What other versions of V8 show instead, if they differ: the class's name for initialisers (Node 22 and newer), nothing for a
    /// parenthesised arrow function whose name would be inferred (Node 24 and newer).
    pub other_name: Option<String>,
    /// The kind of code.
    pub kind: FunctionKind,
    /// Declared `async`.
    pub is_async: bool,
    /// Declared with `*`.
    pub is_generator: bool,
    /// The whole function. For a default constructor the head of the class; for initialisers everything from the first to the last
    /// member that belongs to it, methods between them included.
    pub range: ByteRange,
    /// From the name (for a function that is assigned: of what it is assigned to) to the body: where a lens goes. Empty, at its first
    /// member, for an initialiser; empty, at the start, for the top level.
    pub header: ByteRange,
    /// The block or expression that is run, braces included.
    pub body: ByteRange,
    /// Where V8 (Node 24 and newer) says that the function is: the parameter list; the first token of an arrow function; the `class`
    /// of a default constructor; the first member of an initialiser.
    pub v8_start: ByteOffset,
    /// Index of the function around it; none for the top level only.
    pub parent: Option<usize>,
    /// How many parameters it declares, defaults and rest included.
    pub parameter_count: usize,
}

impl Function {
    /// Whether some supported version of V8 logs this function under `name`.
    pub fn has_v8_name(&self, name: &str) -> bool {
        self.name == name || self.other_name.as_deref() == Some(name)
    }
}

/// The functions of one text.
#[derive(Clone, Debug)]
pub struct Functions {
    all: Vec<Function>,
    /// By the ranges of their code.
    inside: Innermost,
    /// By their headers.
    headers: Innermost,
    /// Every offset that some version of V8 reports as the start of a function, sorted; of one offset, the likelier one first.
    starts: Vec<(usize, u32)>,
}

impl Functions {
    /// The innermost function that holds the code at `offset`, its name and parameters included. A default constructor holds no code
    /// of its own. None past the end of the text.
    pub fn at(&self, offset: ByteOffset) -> Option<&Function> {
        self.all.get(self.index_at(offset)?)
    }

    /// As [`Self::at`], the index.
    pub fn index_at(&self, offset: ByteOffset) -> Option<usize> {
        self.inside.at(offset.0).map(|index| index as usize)
    }

    /// The function that V8 places at `offset`; else the innermost one in whose header `offset` lies (a position mapped back by a
    /// source map is only near).
    pub fn by_v8_start(&self, offset: ByteOffset) -> Option<&Function> {
        self.exact(offset).next().or_else(|| self.all.get(self.headers.at(offset.0)? as usize))
    }

    /// As [`Self::by_v8_start`], with the name that V8 logged to decide between functions that begin at the same place (a class's
    /// constructor and its initialiser).
    pub fn by_v8_name(&self, name: &str, offset: ByteOffset) -> Option<&Function> {
        // A class gives its name to constructor and initialisers alike: the main name counts more.
        self.exact(offset)
            .find(|function| function.name == name)
            .or_else(|| self.exact(offset).find(|function| function.has_v8_name(name)))
            .or_else(|| self.by_v8_start(offset))
    }

    /// All functions, outer before inner.
    pub fn iter(&self) -> std::slice::Iter<'_, Function> {
        self.all.iter()
    }

    /// The function at `index`, as used by [`Function::parent`].
    pub fn get(&self, index: usize) -> Option<&Function> {
        self.all.get(index)
    }

    /// How many there are; at least one, the top level.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none; never, since the top level counts.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn exact(&self, offset: ByteOffset) -> impl Iterator<Item = &Function> {
        let first = self.starts.partition_point(|&(start, _)| start < offset.0);
        self.starts[first..].iter().take_while(move |&&(start, _)| start == offset.0).filter_map(|&(_, index)| self.all.get(index as usize))
    }
}

#[cfg(test)]
mod tests;
