//! How a function uses its `arguments` object.

use ropey::Rope;
use tree_sitter::Node;

use crate::calls::{each_node, range_of};
use crate::functions::{Function, FunctionKind, Functions};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::{Syntax, text_of};

/// What is done with the object at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArgumentsUse {
    /// Only its length, or handed to `apply` or `f(...arguments)` as it is: V8 makes no object for that.
    Free,
    /// An element is read or written.
    Element,
    /// It is handed on, kept or returned.
    Leaked,
    /// It is gone through by its iterator or by an array's method: `for … of`, `[...arguments]`, `Array.from(arguments)`,
    /// `[].map.call(arguments, …)`.
    Iterated,
}

/// The uses of a function's `arguments`, those of arrow functions in it included, in the order of the text. Empty where the name means
/// something else: in arrow functions themselves, at the top level of modules, where a parameter or variable has that name.
pub fn uses_of_arguments(syntax: &Syntax, text: &Rope, functions: &Functions, function: &Function) -> Vec<(ByteRange, ArgumentsUse)> {
    let has_arguments = matches!(
        function.kind,
        FunctionKind::Function | FunctionKind::Method | FunctionKind::Getter | FunctionKind::Setter | FunctionKind::Constructor
    );
    let Some(tree) = syntax.tree().filter(|_| has_arguments) else { return Vec::new() };
    let mut uses = Vec::new();
    let mut is_redeclared = false;
    each_node(tree.root_node(), function.range, |node| {
        if node.kind() != "identifier" || node.end_byte() - node.start_byte() != "arguments".len() || text_of(node, text) != "arguments" {
            return;
        }
        if owner(functions, ByteOffset(node.start_byte())) != Some(function) {
            return;
        }
        is_redeclared |= is_declaration(node);
        uses.push((range_of(node), kind_of_use(node, text)));
    });
    if is_redeclared { Vec::new() } else { uses }
}

/// Whether a function's `arguments` is tied to its parameters, so that assigning one changes the other: in sloppy mode, with at least one
/// parameter and only simple ones (ECMA-262, FunctionDeclarationInstantiation). Modules are strict, whatever their text says: the caller
/// knows.
pub fn arguments_are_mapped(syntax: &Syntax, text: &Rope, function: &Function) -> bool {
    let Some(tree) = syntax.tree().filter(|_| function.parameter_count > 0) else { return false };
    let root = tree.root_node();
    let Some(node) = root.descendant_for_byte_range(function.body.start.0, function.body.end.0.saturating_sub(1)) else { return false };
    // The body's node, or the statement in it if there is only one.
    let mut around = std::iter::successors(Some(node), Node::parent);
    let Some(node) = around.find(|node| node.child_by_field_name("parameters").is_some()) else { return false };
    is_simple(node) && !is_strict(node, text)
}

fn is_simple(function: Node<'_>) -> bool {
    let Some(parameters) = function.child_by_field_name("parameters") else { return false };
    let mut cursor = parameters.walk();
    parameters.named_children(&mut cursor).all(|parameter| match parameter.kind() {
        "identifier" | "comment" => true,
        // TypeScript.
        "required_parameter" | "optional_parameter" => {
            parameter.child_by_field_name("value").is_none()
                && parameter.child_by_field_name("pattern").is_some_and(|pattern| pattern.kind() == "identifier")
        }
        _ => false,
    })
}

fn is_strict(function: Node<'_>, text: &Rope) -> bool {
    std::iter::successors(Some(function), Node::parent).any(|node| match node.kind() {
        "class_body" => true,
        "program" => has_directive(node, text) || is_module(node),
        _ => node.child_by_field_name("body").is_some_and(|body| body.kind() == "statement_block" && has_directive(body, text)),
    })
}

fn is_module(program: Node<'_>) -> bool {
    let mut cursor = program.walk();
    program.named_children(&mut cursor).any(|child| matches!(child.kind(), "import_statement" | "export_statement"))
}

fn has_directive(block: Node<'_>, text: &Rope) -> bool {
    let mut cursor = block.walk();
    block
        .named_children(&mut cursor)
        .filter(|child| !matches!(child.kind(), "comment" | "hash_bang_line"))
        .map_while(|child| (child.kind() == "expression_statement").then(|| child.named_child(0)).flatten())
        .take_while(|child| child.kind() == "string")
        .any(|child| matches!(text_of(child, text).as_str(), "'use strict'" | "\"use strict\""))
}

/// The function whose `arguments` a name at `offset` is: arrow functions have none of their own.
fn owner(functions: &Functions, offset: ByteOffset) -> Option<&Function> {
    let mut index = functions.index_at(offset)?;
    loop {
        let function = functions.get(index)?;
        if function.kind != FunctionKind::Arrow {
            return Some(function);
        }
        index = function.parent?;
    }
}

fn is_declaration(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "formal_parameters" => true,
        "variable_declarator" => parent.child_by_field_name("name") == Some(node),
        "required_parameter" | "optional_parameter" => true,
        _ => false,
    }
}

fn kind_of_use(node: Node<'_>, text: &Rope) -> ArgumentsUse {
    let Some(parent) = node.parent() else { return ArgumentsUse::Leaked };
    match parent.kind() {
        "member_expression" => {
            let property = parent.child_by_field_name("property").map(|property| text_of(property, text));
            if property.as_deref() == Some("length") { ArgumentsUse::Free } else { ArgumentsUse::Leaked }
        }
        "subscript_expression" if parent.child_by_field_name("object") == Some(node) => ArgumentsUse::Element,
        "for_in_statement" if parent.child_by_field_name("right") == Some(node) => ArgumentsUse::Iterated,
        "spread_element" => match parent.parent().map(|around| around.kind()) {
            Some("arguments") => ArgumentsUse::Free,
            _ => ArgumentsUse::Iterated,
        },
        "arguments" => kind_of_argument(node, parent, text),
        _ => ArgumentsUse::Leaked,
    }
}

/// `node` stands in the arguments of a call.
fn kind_of_argument(node: Node<'_>, list: Node<'_>, text: &Rope) -> ArgumentsUse {
    let Some(function) = list.parent().and_then(|call| call.child_by_field_name("function")) else { return ArgumentsUse::Leaked };
    let called = text_of(function, text);
    let position = (0..list.named_child_count()).find(|at| u32::try_from(*at).ok().and_then(|at| list.named_child(at)) == Some(node));
    match (called.rsplit('.').next().unwrap_or_default(), position) {
        ("apply", Some(1)) => ArgumentsUse::Free,
        _ if called == "Array.from" => ArgumentsUse::Iterated,
        // `slice` copies at once; the others go through it by its properties.
        ("call", Some(0)) if called.ends_with("slice.call") => ArgumentsUse::Leaked,
        ("call", Some(0)) if called.starts_with("Array.prototype.") || called.starts_with("[]") => ArgumentsUse::Iterated,
        _ => ArgumentsUse::Leaked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::functions;
    use crate::syntax::Language;

    fn with(code: &str, look: impl Fn(&Syntax, &Rope, &Functions, &Function)) {
        let text = Rope::from_str(code);
        let syntax = Syntax::parse(Language::JavaScript, &text);
        let functions = functions(&syntax, &text);
        let function = functions.iter().find(|function| function.name == "f").unwrap();
        look(&syntax, &text, &functions, function);
    }

    #[test]
    fn uses() {
        fn check(body: &str, expected: &[ArgumentsUse]) {
            with(&format!("function f(a) {{ {body} }}"), |syntax, text, functions, function| {
                let uses: Vec<ArgumentsUse> = uses_of_arguments(syntax, text, functions, function).iter().map(|(_, kind)| *kind).collect();
                assert_eq!(uses, expected, "{body}");
            });
        }
        check("return arguments.length", &[ArgumentsUse::Free]);
        check("return g.apply(this, arguments)", &[ArgumentsUse::Free]);
        check("return g(...arguments)", &[ArgumentsUse::Free]);
        check("return arguments[1]", &[ArgumentsUse::Element]);
        check("return a[arguments]", &[ArgumentsUse::Leaked]);
        check("return g(arguments)", &[ArgumentsUse::Leaked]);
        check("return arguments", &[ArgumentsUse::Leaked]);
        check("const r = arguments; return r", &[ArgumentsUse::Leaked]);
        check("return Array.prototype.slice.call(arguments, 1)", &[ArgumentsUse::Leaked]);
        check("return Array.prototype.map.call(arguments, g)", &[ArgumentsUse::Iterated]);
        check("return [].join.call(arguments)", &[ArgumentsUse::Iterated]);
        check("return Array.from(arguments)", &[ArgumentsUse::Iterated]);
        check("return [...arguments]", &[ArgumentsUse::Iterated]);
        check("for (const x of arguments) g(x)", &[ArgumentsUse::Iterated]);
        check("return () => arguments[0]", &[ArgumentsUse::Element]);
        check("return function () { return arguments[0] }", &[]);
        check("var arguments = []; return arguments[0]", &[]);
        check("return a.arguments", &[]);
    }

    #[test]
    fn mapped() {
        fn check(code: &str, expected: bool) {
            with(code, |syntax, text, _, function| {
                assert_eq!(arguments_are_mapped(syntax, text, function), expected, "{code}");
            });
        }
        check("function f(a) { return arguments[0] }", true);
        check("function f(a, b) { a; }", true);
        check("const o = { f(a) { return arguments[0] } }", true);
        check("function f() { return arguments[0] }", false);
        check("function f(a = 1) { return arguments[0] }", false);
        check("function f(a, ...b) { return arguments[0] }", false);
        check("function f({ a }) { return arguments[0] }", false);
        check("function f(a) { 'use strict'; return arguments[0] }", false);
        check("'use strict'; function f(a) { return arguments[0] }", false);
        check("// c\n'use asm'; \"use strict\"; function f(a) { return arguments[0] }", false);
        check("function g() { 'use strict'; function f(a) { return arguments[0] } }", false);
        check("class C { f(a) { return arguments[0] } }", false);
        check("import 'x'; function f(a) { return arguments[0] }", false);
    }
}
