use super::*;
use crate::functions::functions;
use crate::syntax::Language;

/// Takes `|` in the text as V8's position.
fn parse(language: Language, marked: &str) -> (Syntax, Rope, ByteOffset) {
    let offset = marked.find('|').unwrap();
    let text = Rope::from_str(&marked.replacen('|', "", 1));
    (Syntax::parse(language, &text), text, ByteOffset(offset))
}

/// The text with the token in `«»`, and its chain in `⟨⟩` where that is more.
fn marked(text: &Rope, token: Option<Token>) -> String {
    let mut shown = text.to_string();
    let Some(Token { range, chain }) = token else { return shown };
    let mut marks = vec![(range.end.0, '»'), (range.start.0, '«')];
    if chain != range {
        marks.insert(0, (chain.end.0, '⟩'));
        marks.push((chain.start.0, '⟨'));
    }
    for (at, mark) in marks {
        shown.insert(at, mark);
    }
    shown
}

fn check_key(code: &str, key: &str, expected: &str) {
    let (syntax, text, offset) = parse(Language::JavaScript, code);
    let key = Some(key).filter(|key| !key.is_empty());
    assert_eq!(marked(&text, token_at(&syntax, &text, offset, key)), expected, "{code} {key:?}");
}

fn check(code: &str, expected: &str) {
    check_key(code, "", expected);
}

#[test]
fn accesses() {
    check("r = a.b.|c;", "r = ⟨a.b.«c»⟩;");
    check("r = a.|b.c;", "r = ⟨a.«b»⟩.c;");
    check("r = a?.b|?.d;", "r = ⟨a?.b?.«d»⟩;");
    check("r = a|?.[k];", "r = ⟨a?.[«k»]⟩;");
    check("r = a|[k];", "r = ⟨a[«k»]⟩;");
    check("r = a|['x'];", "r = ⟨a[«'x'»]⟩;");
    check("r = a|[i + 1];", "r = ⟨a[«i + 1»]⟩;");
    check("r = f(1)|.z;", "r = f(1)⟨.«z»⟩;");
    check("r = (a.b).|c;", "r = (a.b)⟨.«c»⟩;");
    check("r = this.#p.|q;", "r = ⟨this.#p.«q»⟩;");
    check("r = a\n  .b\n  .|c;", "r = a\n  .b\n  .«c»;".replace(".«", "⟨.«").replace("»;", "»⟩;").as_str());
}

#[test]
fn writes() {
    check("a.z |= 3;", "⟨a.«z»⟩ = 3;");
    check("a[k] |= 1;", "⟨a[«k»]⟩ = 1;");
    check("x |= 1;", "«x» = 1;");
    check("|a.x += 1;", "⟨a.«x»⟩ += 1;");
    check("|++a.y;", "++⟨a.«y»⟩;");
    check("|x += a.y;", "«x» += a.y;");
    check("s |+= o.v;", "s «+=» o.v;");
    check("class C { p |= 1 }", "class C { «p» = 1 }");
    check("const x |= 1;", "const «x» = 1;");
}

#[test]
fn calls() {
    check("r = |f(x);", "r = «f»(x);");
    check("r = o.|m(x);", "r = ⟨o.«m»⟩(x);");
    check("r = f|(x);", "r = «f»(x);");
    check("r = o.m?.|(x);", "r = o.m?.«(»x);".replace("o.m?.«(»", "⟨o.«m»⟩?.(").as_str());
    check("r = f(1)|(2);", "r = f«(»1)(2);".replace("f«(»1)", "«f»(1)").as_str());
    check("r = |new F(1);", "r = new «F»(1);");
    check("r = |new a.F;", "r = new ⟨a.«F»⟩;");
    check("r = tag|`a${1}`;", "r = «tag»`a${1}`;");
}

#[test]
fn operators_and_literals() {
    check("r = a |+ b;", "r = a «+» b;");
    check("r = k |in o;", "r = k «in» o;");
    check("r = a |=== b;", "r = a «===» b;");
    check("r = |-a;", "r = «-»a;");
    check("r = |typeof a;", "r = «typeof» a;");
    check("i|++;", "i«++»;");
    check("r = `t ${a.|x} u`;", "r = `t ${⟨a.«x»⟩} u`;");
    check("r = |`t ${a.x}`;", "r = «`t ${a.x}`»;");
    check("r = |`two\nlines`;".replace("\\n", "\n").as_str(), "r = «`two»\nlines`;".replace("\\n", "\n").as_str());
    check("r = |'text';", "r = «'text'»;");
    check("r = |{ a: 1 };", "r = «{» a: 1 };");
    check("|for (;;) {}", "«for» (;;) {}");
    check("function f() { |return g + 1; }", "function f() { return «g» + 1; }");
    check("function f() { |return 1; }", "function f() { «return» 1; }");
}

#[test]
fn nothing_between_tokens() {
    check("a; |  b;", "a;   b;");
    check("a; // |c", "a; // c");
    check("a;|", "a;");
    check("|", "");
}

#[test]
fn the_key_finds_the_name() {
    check_key("function f() { |return g + h; }", "h", "function f() { return g + «h»; }");
    check_key("o = { c: i |% 5 };", "c", "o = { «c»: i % 5 };");
    check_key("o = { d: { e: |i } };", "d", "o = { «d»: { e: i } };");
    check_key("const { x, y: |z } = a;", "y", "const { x, «y»: z } = a;");
    check_key("const { |x, y: z } = a;", "x", "const { «x», y: z } = a;");
    check_key("r = k |in x.y;", "y", "r = k «in» x.y;");
    check_key("for (|const v of a) {}", "done", "for («const» v of a) {}");
    check_key("for (const |v of a) {}", "done", "for (const «v» of a) {}");
    check_key("r = a|['x'];", "x", "r = ⟨a[«'x'»]⟩;");
    check_key("|a.x++;", "x", "⟨a.«x»⟩++;");
    check_key("|call(() => o.x);", "x", "«call»(() => o.x);");
}

#[test]
fn any_text() {
    check("/* é💥 */ r = a.|x;", "/* é💥 */ r = ⟨a.«x»⟩;");
    check("const größe = o.|größe;", "const größe = ⟨o.«größe»⟩;");
    check("r = a\r\n.|b;".replace("\\r\\n", "\r\n").as_str(), "r = a\r\n⟨.«b»⟩;".replace("\\r\\n", "\r\n").as_str());
    check("/*\u{2028}*/ r = a.|b;", "/*\u{2028}*/ r = ⟨a.«b»⟩;");
    check("\u{feff}r = a.|b;", "\u{feff}r = ⟨a.«b»⟩;");
}

#[test]
fn typescript() {
    let (syntax, text, offset) = parse(Language::TypeScript, "r = (a as B)!.b.|c;");
    assert_eq!(marked(&text, token_at(&syntax, &text, offset, None)), "r = (a as B)!⟨.b.«c»⟩;");
}

#[test]
fn names_of_functions() {
    fn check(code: &str, expected: &[&str]) {
        let text = Rope::from_str(code);
        let syntax = Syntax::parse(Language::JavaScript, &text);
        let functions = functions(&syntax, &text);
        let found: Vec<String> = functions
            .iter()
            .filter_map(|function| name_of(&syntax, &text, function))
            .map(|range| text.byte_slice(range.start.0..range.end.0).to_string())
            .collect();
        assert_eq!(found, expected, "{code}");
    }
    check("function f(a) {}", &["f"]);
    check("const g = (a) => a;", &["g"]);
    check("x(a => a, (b,\n c) => b);", &["a", "(b,"]);
    check("class C { m() {} }", &["C", "m"]);
    check("o.list = function () {};", &["list"]);
    check("class D { static async *n() {} get p() {} }", &["D", "n", "p"]);
    check("x(function () {});", &["function ()"]);
}

#[test]
fn first_tokens() {
    fn check(code: &str, expected: Option<&str>) {
        let text = Rope::from_str(code);
        let syntax = Syntax::parse(Language::JavaScript, &text);
        let found = first_token(&syntax, &text).map(|range| text.byte_slice(range.start.0..range.end.0).to_string());
        assert_eq!(found.as_deref(), expected, "{code}");
    }
    check("#!/usr/bin/env node\n// c\n'use strict';\nf();", Some("'use strict'"));
    check("\u{feff}const a = 1;", Some("const"));
    check("// nothing", None);
    check("", None);
}

proptest::proptest! {
    #[test]
    fn any_position_of_any_text(code in "([a-z]|[.?=+(){}\\[\\]`';:\n]|return |new |é|💥|\u{2028}|\\$\\{){0,40}", at in 0usize..60) {
        let text = Rope::from_str(&code);
        let syntax = Syntax::parse(Language::JavaScript, &text);
        if let Some(token) = token_at(&syntax, &text, ByteOffset(at), Some("a")) {
            let line = line_around(&text, token.range.start.0);
            proptest::prop_assert!(token.range.start < token.range.end);
            proptest::prop_assert!(token.chain.start <= token.range.start && token.range.end <= token.chain.end);
            proptest::prop_assert!(line.0 <= token.chain.start.0 && token.chain.end.0 <= line.1);
            proptest::prop_assert!(code.is_char_boundary(token.range.start.0) && code.is_char_boundary(token.chain.end.0));
        }
    }
}
