use proptest::prelude::*;

use super::*;

fn at(line: u32, character: u32) -> LspPosition {
    LspPosition { line, character }
}

fn change(range: ((u32, u32), (u32, u32)), text: &str) -> Change {
    let ((l1, c1), (l2, c2)) = range;
    Change { range: Some((at(l1, c1), at(l2, c2))), text: text.to_owned() }
}

fn whole(text: &str) -> Change {
    Change { range: None, text: text.to_owned() }
}

#[test]
fn changes() {
    fn check(text: &str, changes: &[Change], expected: &str, expected_edits: &[(usize, usize, usize)], adjusted: usize) {
        let applied = Document::new(Language::JavaScript, 1, text).apply(2, changes, Encoding::Utf16);
        assert_eq!(applied.document.text().to_string(), expected, "{text:?} {changes:?}");
        let edits: Vec<_> = applied.edits.iter().map(|edit| (edit.start, edit.old_end, edit.new_end)).collect();
        assert_eq!(edits, expected_edits, "{text:?} {changes:?}");
        assert_eq!(applied.adjusted, adjusted, "{text:?} {changes:?}");
        assert_eq!(applied.document.version(), 2);
    }
    check("ab", &[], "ab", &[], 0);
    check("ab", &[change(((0, 1), (0, 1)), "x")], "axb", &[(1, 1, 2)], 0);
    // In order, each in the text before it.
    check("ab", &[change(((0, 0), (0, 0)), "x"), change(((0, 1), (0, 2)), "")], "xb", &[(0, 0, 1), (1, 2, 1)], 0);
    check("💥b", &[change(((0, 2), (0, 3)), "c")], "💥c", &[(4, 5, 5)], 0);
    // Half of a pair is its start.
    check("💥b", &[change(((0, 1), (0, 2)), "")], "b", &[(0, 4, 0)], 0);
    // Backwards and past the end.
    check("abc", &[change(((0, 2), (0, 1)), "")], "ac", &[(1, 2, 1)], 1);
    check("abc", &[change(((7, 2), (9, 1)), "d")], "abcd", &[(3, 3, 4)], 1);
    check("abc\n", &[change(((0, 1), (0, 99)), "")], "a\n", &[(1, 3, 1)], 0);
    check("abc\n", &[change(((0, 0), (2, 0)), "")], "", &[(0, 4, 0)], 0);
    // The same text is no edit; the whole text is as little as possible.
    check("abc", &[change(((0, 0), (0, 3)), "abc")], "abc", &[], 0);
    check("one\ntwo\nthree\n", &[whole("one\nTwo\nthree\n")], "one\nTwo\nthree\n", &[(4, 5, 5)], 0);
    check("a\nb\nc\nd\n", &[whole("A\nb\nc\nD\n")], "A\nb\nc\nD\n", &[(0, 1, 1), (6, 7, 7)], 0);
    check("", &[whole("x")], "x", &[(0, 0, 1)], 0);
    check("x", &[whole("")], "", &[(0, 1, 0)], 0);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let before = Document::new(Language::Tsx, 1, "let a;\n");
    let after = before.apply(2, &[change(((0, 4), (0, 5)), "b")], Encoding::Utf8).document;
    assert_eq!((before.version(), before.text().to_string().as_str()), (1, "let a;\n"));
    assert_eq!((after.version(), after.text().to_string().as_str(), after.language()), (2, "let b;\n", Language::Tsx));
    let lines = |document: &Document| document.v8_lines(ByteOrderMark::Kept).len();
    let separated = after.apply(3, &[change(((0, 0), (0, 0)), "/*\u{2028}*/")], Encoding::Utf8).document;
    assert_eq!((lines(&before), lines(&after), lines(&separated)), (2, 2, 3));
}

#[test]
fn languages() {
    fn check(path: &str, id: &str, expected: Option<Language>) {
        assert_eq!(Language::for_path(Path::new(path)), expected, "{path}");
        assert_eq!(Language::for_language_id(id), expected, "{id}");
    }
    check("/app/a.test.MJS", "javascript", Some(Language::JavaScript));
    check("a.jsx", "javascriptreact", Some(Language::JavaScript));
    check("a.d.ts", "typescript", Some(Language::TypeScript));
    check("a.tsx", "typescriptreact", Some(Language::Tsx));
    check("a.json", "json", None);
    check(".js", "", None);
    check("js", "plaintext", None);
}

/// Row and column counted from the start.
fn counted(text: &str, byte: usize) -> Point {
    let before = &text[..byte];
    Point { row: before.matches('\n').count(), column: before.rsplit('\n').next().unwrap_or("").len() }
}

#[test]
fn points_for_tree_sitter() {
    fn check(text: &str, start: usize, end: usize, new: &str) {
        let rope = Rope::from_str(text);
        let lone_cr = lone_cr(rope.chunks());
        let mut pending = Pending { text: rope, lone_cr, edits: Vec::new(), syntax_edits: Vec::new() };
        pending.replace(start, end, new);
        let after = pending.text.to_string();
        let edit = pending.syntax_edits[0];
        assert_eq!(edit.start_position, counted(text, edit.start_byte), "{text:?}");
        assert_eq!(edit.old_end_position, counted(text, edit.old_end_byte), "{text:?}");
        assert_eq!(edit.new_end_position, counted(&after, edit.new_end_byte), "{text:?}");
        let alone = after.replace("\r\n", "").contains('\r');
        assert!(pending.lone_cr || !alone, "{after:?}");
    }
    check("ab\ncd\n", 4, 5, "x\ny");
    check("é\nc💥d", 4, 8, "");
    check("a\r\nb\r\nc", 3, 4, "x\r\ny");
    // tree-sitter does not end a row at a lone `\r`.
    check("a\rb\nc\rd", 6, 7, "xy");
    check("ab", 1, 1, "\r");
    check("a\r\nb", 2, 3, "");
    check("a\nb", 1, 1, "\r");
    check("a\rb\nc", 5, 5, "\n\r\n");
}

/// A change anywhere in a text of the given size, sometimes nowhere in it.
fn any_change() -> impl Strategy<Value = Change> {
    let place = || (0u32..8, 0u32..14).prop_map(|(line, character)| at(line, character));
    let text = "([a-c;(){}]|é|💥|\u{2028}|\n|\r\n|\r| ){0,6}";
    prop_oneof![
        9 => (place(), place(), text).prop_map(|(start, end, text)| Change { range: Some((start, end)), text }),
        1 => text.prop_map(|text| Change { range: None, text }),
    ]
}

fn any_changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    prop::collection::vec(prop::collection::vec(any_change(), 0..4), 0..6)
}

/// Every node with its kind and bytes.
fn shape(syntax: &Syntax) -> Option<Vec<(&str, usize, usize)>> {
    let tree = syntax.tree()?;
    let mut nodes = Vec::new();
    let mut stack = vec![tree.root_node()];
    while let Some(node) = stack.pop() {
        nodes.push((node.kind(), node.start_byte(), node.end_byte()));
        stack.extend((0..node.child_count()).rev().filter_map(|n| node.child(n)));
    }
    Some(nodes)
}

proptest! {
    #[test]
    fn incremental_is_the_same_as_from_scratch(
        text in "(function a\\(\\) \\{\\}|let b = 1;|é|💥|\u{2028}|\n|\r\n|\r| ){0,20}",
        batches in any_changes(),
        utf16: bool,
    ) {
        let encoding = if utf16 { Encoding::Utf16 } else { Encoding::Utf8 };
        let mut document = Document::new(Language::JavaScript, 0, &text);
        let mut expected = text;
        for (version, changes) in (1..).zip(&batches) {
            let before = document.text().to_string();
            for change in changes {
                let rope = Rope::from_str(&expected);
                match change.range {
                    None => expected.clone_from(&change.text),
                    Some((start, end)) => {
                        let (start, end) = (encoding.to_byte(&rope, start.min(end)).0, encoding.to_byte(&rope, end.max(start)).0);
                        expected.replace_range(start..end, &change.text);
                    }
                }
            }
            let applied = document.apply(version, changes, encoding);
            document = applied.document;
            prop_assert_eq!(&document.text().to_string(), &expected);
            // A text is only reached through its edits: their sizes add up, and all is in range.
            let mut len = before.len();
            for edit in &applied.edits {
                prop_assert!(edit.start <= edit.old_end && edit.start <= edit.new_end && edit.old_end <= len);
                len = len.checked_add_signed(edit.delta()).unwrap();
                prop_assert!(edit.new_end <= len);
            }
            prop_assert_eq!(len, expected.len());
            let fresh = Document::new(Language::JavaScript, version, &expected);
            // Error recovery may differ between a whole and an incremental parse, sound programs may not.
            let sound = fresh.syntax().tree().is_some_and(|tree| !tree.root_node().has_error());
            if sound {
                prop_assert_eq!(shape(document.syntax()), shape(fresh.syntax()));
            }
            prop_assert_eq!(document.v8_lines(ByteOrderMark::Kept).len(), fresh.v8_lines(ByteOrderMark::Kept).len());
        }
    }
}
