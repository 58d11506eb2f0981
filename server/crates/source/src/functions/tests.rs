use super::*;
use crate::syntax::Language;

fn parse(text: &str) -> Functions {
    let rope = Rope::from_str(text);
    functions(&Syntax::parse(Language::JavaScript, &rope), &rope)
}

/// `kind name` of every function but the top level.
fn names(functions: &Functions) -> Vec<String> {
    functions.iter().skip(1).map(|function| format!("{:?} {}", function.kind, function.name)).collect()
}

/// The function at `|` in the text.
fn at(marked: &str, expected: &str) {
    let offset = marked.find('|').unwrap();
    let functions = parse(&marked.replace('|', ""));
    let found = functions.at(ByteOffset(offset)).unwrap();
    assert_eq!(format!("{:?} {}", found.kind, found.name), expected, "{marked}");
}

/// The function that V8 would mean with `|` in the text.
fn by_v8_start(marked: &str, expected: &str) {
    let offset = marked.find('|').unwrap();
    let functions = parse(&marked.replace('|', ""));
    let found = functions.by_v8_start(ByteOffset(offset));
    assert_eq!(found.map_or("none".to_owned(), |f| format!("{:?} {}", f.kind, f.name)), expected, "{marked}");
}

#[test]
fn innermost_at() {
    at("|function a() { return () => 1; }", "Function a");
    at("function a(b = () => |2) { return () => 1; }", "Arrow b");
    at("function a() { return () => |1; }", "Arrow ");
    at("function a() { return () => 1; |}", "Function a");
    at("function a() { } |", "Toplevel ");
    at("class A { x = 1; m() { return |2; } y = 3; }", "Method m");
    at("class A { x = 1; m() { return 2; } y = |3; }", "InstanceInitializer <instance_members_initializer>");
    at("class A { x = 1;| m() { return 2; } y = 3; }", "Toplevel ");
    at("class A { static { |f(); } }", "StaticInitializer <static_initializer>");
    at("class A { [|f()] = 1; }", "Toplevel ");
    at("class A { x = class { y = |2; }; }", "InstanceInitializer <instance_members_initializer>");
    at("function f() { return { [|g()]() { } }; }", "Function f");
    assert!(parse("a").at(ByteOffset(5)).is_none());
}

#[test]
fn v8_starts() {
    by_v8_start("function a|() { }", "Function a");
    // Near: anywhere in the header.
    by_v8_start("function |a() { }", "Function a");
    by_v8_start("const |a = async () => { };", "Arrow a");
    by_v8_start("const o = { |a: function () { } };", "Function a");
    by_v8_start("function a() { |x; }", "none");
    by_v8_start(";|class A { }", "DefaultConstructor A");
    by_v8_start(";|class A { x = 1; }", "DefaultConstructor A");
    by_v8_start(";|class A { x = 1; constructor() { } }", "InstanceInitializer <instance_members_initializer>");
    by_v8_start("class A |{ x = 1; }", "InstanceInitializer <instance_members_initializer>");
}

#[test]
fn names_decide_between_equal_starts() {
    let functions = parse("class A { x = 1; }");
    let kind = |name, offset| functions.by_v8_name(name, ByteOffset(offset)).map(|function| function.kind);
    assert_eq!(kind("A", 0), Some(FunctionKind::DefaultConstructor));
    assert_eq!(kind("<instance_members_initializer>", 0), Some(FunctionKind::InstanceInitializer));
    assert_eq!(kind("A", 8), Some(FunctionKind::InstanceInitializer));
}

#[test]
fn details() {
    let functions = parse("const a = async (x, {y}, ...z) => { };\nclass B { static async *c(x) { } set d(v) { } }");
    let found: Vec<_> =
        functions.iter().map(|f| (f.name.as_str(), f.is_async, f.is_generator, f.parameter_count, f.parent, f.header.start.0)).collect();
    let expected = [
        ("", false, false, 0, None, 0),
        ("a", true, false, 3, Some(0), 6),
        ("B", false, false, 0, Some(0), 39),
        ("c", true, true, 1, Some(0), 49),
        ("set d", false, false, 1, Some(0), 72),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_the_error_does_not_touch_survives() {
    let check = |text: &str, expected: &[&str]| {
        let found = names(&parse(text));
        for name in expected {
            assert!(found.contains(&(*name).to_owned()), "{text}\nfound {found:?}");
        }
    };
    check("function a() { return 1; }\nconst b = (\nfunction c() { return 2; }", &["Function a", "Function c"]);
    check("function a() { return 1; }\nif (x {\n}\nclass B { m() { return 1; } }", &["Function a", "Method m"]);
    check("function a() { foo.\n}\nfunction c() { return 2; }", &["Function a", "Function c"]);
    check("const o = { a() { }, b: , c() { } };\nconst d = () => 1;", &["Method a", "Method c", "Arrow d"]);
    check("function a() { `${ }\nfunction b() { }", &[]);
}

#[test]
fn deep_nesting() {
    for text in [
        format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("x = {}1{};", "[() => ".repeat(10_000), "]".repeat(10_000)),
        format!("x = {}1", "a => ".repeat(20_000)),
        "(".repeat(50_000),
        format!("x{}", ".f(() => 1)".repeat(5_000)),
        "function f() {".repeat(5_000),
    ] {
        let functions = parse(&text);
        assert!(functions.at(ByteOffset(text.len() / 2)).is_some());
    }
}

#[test]
fn no_tree_has_a_top_level() {
    let rope = Rope::from_str(&"x;".repeat(crate::syntax::MAX_BYTES / 2 + 1));
    let functions = functions(&Syntax::parse(Language::JavaScript, &rope), &rope);
    assert_eq!(functions.len(), 1);
    assert!(!functions.is_empty());
}
