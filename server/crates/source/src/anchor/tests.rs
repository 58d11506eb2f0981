use proptest::prelude::*;

use super::*;
use crate::document::{Change, Document};
use crate::position::{Encoding, LspPosition};
use crate::syntax::Language;
use AnchorState::{Changed, Gone, Intact};

const TEXT: &str = "function a() {\n  one();\n  two();\n}\nfunction b() {\n  return 1;\n}\n";

fn range(start: usize, end: usize) -> ByteRange {
    ByteRange { start: ByteOffset(start), end: ByteOffset(end) }
}

/// Bytes of the first place `part` is in `text`.
fn find(text: &str, part: &str) -> ByteRange {
    let start = text.find(part).unwrap();
    range(start, start + part.len())
}

fn marks() -> Marks {
    Marks {
        lines: (1..=7).collect(),
        positions: ["one", "two", "return"].map(|word| find(TEXT, word).start).to_vec(),
        functions: ["function a() {\n  one();\n  two();\n}", "function b() {\n  return 1;\n}"].map(|part| find(TEXT, part)).to_vec(),
    }
}

/// Replaces texts by texts, one edit each, and gives the text and the anchors after each.
fn edit(steps: &[(&str, &str)]) -> Vec<(String, Anchors)> {
    let mut document = Document::new(Language::JavaScript, 0, TEXT);
    let mut anchors = Anchors::new(document.text(), &marks());
    let mut all = Vec::new();
    for (old, new) in steps {
        let place = find(&document.text().to_string(), old);
        let position = |offset| Encoding::Utf8.to_position(document.text(), offset);
        let change = Change { range: Some((position(place.start), position(place.end))), text: (*new).to_owned() };
        let applied = document.apply(1, &[change], Encoding::Utf8);
        anchors = anchors.edited(&applied.edits, applied.document.text());
        document = applied.document;
        all.push((document.text().to_string(), anchors.clone()));
    }
    all
}

/// `+` intact, `~` changed, `-` gone: for each mark.
fn states<T>(anchors: impl Iterator<Item = (T, Anchor)>) -> String {
    anchors
        .map(|(_, anchor)| match anchor.state {
            Intact => '+',
            Changed => '~',
            Gone => '-',
        })
        .collect()
}

#[test]
fn what_becomes_of_lines_positions_and_functions() {
    fn check(steps: &[(&str, &str)], lines: &str, positions: &str, functions: &str) {
        let (text, anchors) = edit(steps).pop().unwrap();
        let found = [states(anchors.lines()), states(anchors.positions()), states(anchors.functions())];
        assert_eq!(found, [lines, positions, functions], "{steps:?}\n{text}");
        for (line, anchor) in anchors.lines().filter(|(_, anchor)| anchor.state == Intact) {
            let today = &text[anchor.range.start.0..anchor.range.end.0];
            assert_eq!(today, TEXT.lines().nth(line as usize - 1).unwrap(), "{steps:?}");
        }
        for (offset, anchor) in anchors.positions().filter(|(_, anchor)| anchor.state != Gone) {
            assert_eq!(text[anchor.range.start.0..].get(..1), TEXT[offset.0..].get(..1), "{steps:?}\n{text}");
        }
    }
    check(&[("1", "1")], "+++++++", "+++", "++");
    // Above, between, at the end of a line, and at its start.
    check(&[("function a", "\n\nfunction a")], "+++++++", "+++", "++");
    check(&[("}\nfunction b", "}\n// b\nfunction b")], "+++++++", "+++", "++");
    check(&[("one();", "one();\n  more();")], "+++++++", "+++", "~+");
    check(&[("  two", "\n  two")], "+++++++", "+++", "~+");
    // In a line: the position behind the edit moves with its word.
    check(&[("two()", "await two()")], "++~++++", "+~+", "~+");
    check(&[("two()", "two(22)")], "++~++++", "+~+", "~+");
    check(&[("two()", "three()")], "++~++++", "+~+", "~+");
    check(&[("two();", "xyz")], "++~++++", "+-+", "~+");
    check(&[("  two", "    two")], "++~++++", "+~+", "~+");
    check(&[("  return 1;", "return 1;")], "+++++~+", "++~", "+~");
    // Joined lines are one; both are still there.
    check(&[("one();\n  ", "one(); ")], "+~~++++", "~~+", "~+");
    check(&[("  two();\n", "")], "++-++++", "+-+", "~+");
    check(&[("two();", "")], "++-++++", "+-+", "~+");
    check(&[("function b() {\n  return 1;\n}\n", "")], "++++---", "++-", "+-");
    check(&[(TEXT, "")], "-------", "---", "--");
    // Undone, whatever it was.
    check(&[("two()", "three()"), ("three()", "two()")], "+++++++", "+++", "++");
    check(&[("two();", ""), ("  \n}", "  two();\n}")], "+++++++", "+++", "++");
    check(&[("one();\n  ", ""), ("two", "one();\n  two")], "+++++++", "+++", "++");
    check(&[("  two();\n", ""), ("}\nfunction b", "  two();\n}\nfunction b")], "+++++++", "+++", "++");
    check(
        &[("function b() {\n  return 1;\n}\n", ""), ("  two();\n}\n", "  two();\n}\nfunction b() {\n  return 1;\n}\n")],
        "+++++++",
        "+++",
        "++",
    );
    check(&[("}\nfunction b", "b"), ("b()", "}\nfunction b()")], "+++++++", "+++", "++");
    check(&[("  two();\n}\nfunction", "x"), ("x", "  two();\n}\nfunction")], "+++++++", "+++", "++");
    // What was moved away is gone until the texts are compared again.
    check(&[("  one();\n", ""), ("return", "  one();\n  return")], "+-+++++", "-++", "~~");
}

#[test]
fn comparing_again_finds_what_was_moved() {
    let (text, anchors) = edit(&[
        ("function a() {\n  one();\n  two();\n}\n", ""),
        ("}\n", "}\n\n"),
        ("function b", "function a() {\n  one();\n  two();\n}\nfunction b"),
    ])
    .pop()
    .unwrap();
    let anchors = anchors.resynced(&Rope::from_str(&text));
    assert_eq!([states(anchors.lines()), states(anchors.positions()), states(anchors.functions())], ["+++++++", "+++", "++"]);
}

#[test]
fn from_the_text_on_disk() {
    fn check(current: &str, lines: &str, functions: &str, line_6: Option<&str>) {
        let anchors = Anchors::from_disk_diff(&Rope::from_str(TEXT), &Rope::from_str(current), &marks());
        assert_eq!([states(anchors.lines()), states(anchors.functions())], [lines, functions], "{current}");
        let Anchor { range, state } = anchors.line(6).unwrap();
        assert_eq!((state != Gone).then(|| &current[range.start.0..range.end.0]), line_6);
    }
    check(TEXT, "+++++++", "++", Some("  return 1;"));
    check(&format!("'use strict';\n\n{TEXT}"), "+++++++", "++", Some("  return 1;"));
    check(&TEXT.replace("return 1", "return 2"), "+++++~+", "+~", Some("  return 2;"));
    // Indented with other space all over.
    check(&TEXT.replace("  ", "\t"), "+~~++~+", "~~", Some("\treturn 1;"));
    check(&TEXT.replace("function b() {\n  return 1;\n}\n", ""), "++++---", "+-", None);
    check("", "-------", "--", None);
}

#[test]
fn marks_outside_the_measured_text_are_counted() {
    let marks = Marks {
        lines: vec![0, 2, 99],
        positions: vec![ByteOffset(0), ByteOffset(999)],
        functions: vec![range(3, 1), range(0, 999), range(0, 1)],
    };
    let anchors = Anchors::new(&Rope::from_str("a\nb"), &marks);
    assert_eq!(anchors.outside(), 5);
    assert!(anchors.line(99).is_none() && anchors.position(ByteOffset(999)).is_none() && anchors.function(range(3, 1)).is_none());
    assert_eq!(anchors.line(2), Some(Anchor { range: range(2, 3), state: Intact }));
    assert_eq!(anchors.function(range(0, 1)).map(|anchor| anchor.state), Some(Intact));
}

#[test]
fn a_position_within_a_terminator_that_is_gone() {
    let document = Document::new(Language::JavaScript, 0, "a\r\n");
    let anchors = Anchors::new(document.text(), &Marks { positions: vec![ByteOffset(2)], ..Marks::default() });
    let (start, end) = (LspPosition { line: 0, character: 1 }, LspPosition { line: 1, character: 0 });
    let applied = document.apply(1, &[Change { range: Some((start, end)), text: String::new() }], Encoding::Utf16);
    let anchors = anchors.edited(&applied.edits, applied.document.text());
    assert_eq!(anchors.position(ByteOffset(2)), Some(Anchor { range: range(1, 1), state: Intact }));
}

#[test]
fn thousands_of_edits_at_once() {
    let text: String = (0..20_000).map(|n| format!("line({n});\n")).collect();
    let document = Document::new(Language::JavaScript, 0, &text);
    let anchors = Anchors::new(document.text(), &Marks { lines: (1..=20_000).collect(), ..Marks::default() });
    // Bottom up, as editors send them: every second line indented, every tenth removed.
    let changes: Vec<_> = (0..20_000u32)
        .rev()
        .filter_map(|line| {
            let at = |line| LspPosition { line, character: 0 };
            match line {
                _ if line % 10 == 0 => Some(Change { range: Some((at(line), at(line + 1))), text: String::new() }),
                _ if line % 2 == 0 => Some(Change { range: Some((at(line), at(line))), text: "  ".to_owned() }),
                _ => None,
            }
        })
        .collect();
    let applied = document.apply(1, &changes, Encoding::Utf16);
    let anchors = anchors.edited(&applied.edits, applied.document.text());
    let text = applied.document.text().to_string();
    for (line, anchor) in anchors.lines() {
        let today = &text[anchor.range.start.0..anchor.range.end.0];
        let n = line - 1;
        let expected = match n {
            _ if n % 10 == 0 => (Gone, String::new()),
            _ if n % 2 == 0 => (Changed, format!("  line({n});")),
            _ => (Intact, format!("line({n});")),
        };
        assert_eq!((anchor.state, today), (expected.0, expected.1.as_str()), "{line}");
    }
}

proptest! {
    #[test]
    fn any_edits(
        text in "([a-c]|é|💥| ){0,5}((\n|\r\n|\r|\u{2028})([a-c]|é|💥| ){0,5}){0,12}",
        batches in prop::collection::vec(prop::collection::vec((0u32..12, 0u32..8, 0u32..12, 0u32..8, "([a-c]|é|💥|\n|\r\n|\r|\u{2028}| ){0,5}"), 0..4), 1..5),
        places in prop::collection::vec((0usize..80, 0usize..80), 0..5),
        utf16: bool,
    ) {
        let encoding = if utf16 { Encoding::Utf16 } else { Encoding::Utf8 };
        let first = Document::new(Language::JavaScript, 0, &text);
        let lines = V8Lines::new(first.text(), ByteOrderMark::Kept);
        let on_char = |at: usize| ByteOffset((0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0));
        let marks = Marks {
            lines: (1..=lines.len() as u32).collect(),
            positions: places.iter().map(|&(at, _)| on_char(at)).collect(),
            functions: places.iter().map(|&(a, b)| ByteRange { start: on_char(a.min(b)), end: on_char(a.max(b)) }).filter(|range| range.start < range.end).collect(),
        };
        let mut document = first.clone();
        let mut anchors = Anchors::new(document.text(), &marks);
        // Lines no edit came near, one by one.
        let mut untouched: Vec<_> = (1..=lines.len() as u32).filter_map(|n| Some((n, lines.line_bytes(n)?))).collect();
        for batch in &batches {
            let changes: Vec<_> = batch.iter().map(|(l1, c1, l2, c2, text)| {
                let range = (LspPosition { line: *l1, character: *c1 }, LspPosition { line: *l2, character: *c2 });
                Change { range: Some(range), text: text.clone() }
            }).collect();
            let applied = document.apply(1, &changes, encoding);
            anchors = anchors.edited(&applied.edits, applied.document.text());
            document = applied.document;
            for edit in &applied.edits {
                untouched.retain_mut(|(_, bytes)| {
                    let moved = if bytes.end.0 < edit.start { 0 } else if edit.old_end < bytes.start.0 { edit.delta() } else { return false };
                    bytes.start.0 = bytes.start.0.saturating_add_signed(moved);
                    bytes.end.0 = bytes.end.0.saturating_add_signed(moved);
                    true
                });
            }
            let today = document.text().to_string();
            let read = |range: ByteRange| today.get(range.start.0..range.end.0);
            for (line, bytes) in &untouched {
                prop_assert_eq!(anchors.line(*line), Some(Anchor { range: *bytes, state: Intact }));
            }
            for (line, anchor) in anchors.lines() {
                let measured = lines.line_bytes(line).unwrap();
                let Some(found) = read(anchor.range) else { return Err(TestCaseError::fail(format!("{anchor:?} in {today:?}"))) };
                let same = found == &text[measured.start.0..measured.end.0];
                prop_assert!(anchor.state == Gone || same == (anchor.state == Intact), "{:?} {:?}", anchor, found);
                if anchor.state != Gone {
                    prop_assert_eq!(crate::v8_lines::line_around(document.text(), anchor.range.start.0), (anchor.range.start.0, anchor.range.end.0));
                }
            }
            for (range, anchor) in anchors.functions() {
                let Some(found) = read(anchor.range) else { return Err(TestCaseError::fail(format!("{anchor:?} in {today:?}"))) };
                prop_assert!(anchor.state == Gone || (found == &text[range.start.0..range.end.0]) == (anchor.state == Intact));
            }
            for (offset, anchor) in anchors.positions() {
                prop_assert!(read(anchor.range).is_some(), "{:?} in {:?}", anchor, today);
                // On a line as it was, a position is before what it was before.
                let content = lines.line_bytes(lines.to_position(offset).line).unwrap();
                if anchor.state == Intact && offset < content.end {
                    prop_assert!(today[anchor.range.start.0..].starts_with(&text[offset.0..content.end.0]));
                }
            }
            // Compared afresh: at least as sound, and all intact on the same text.
            let fresh = anchors.resynced(document.text());
            for (line, anchor) in fresh.lines().filter(|(_, anchor)| anchor.state == Intact) {
                let measured = lines.line_bytes(line).unwrap();
                prop_assert_eq!(read(anchor.range), Some(&text[measured.start.0..measured.end.0]));
            }
            prop_assert!(anchors.resynced(first.text()).lines().all(|(_, anchor)| anchor.state == Intact));
        }
    }
}
