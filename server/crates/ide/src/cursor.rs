//! The function of a profile that a place in today's text is in.

use profile::{FrameId, Position, Profile};
use source::document::Document;
use source::functions::{Function, FunctionKind};
use source::position::ByteOffset;
use source::v8_lines::ByteOrderMark;

use crate::view::FileView;

/// The measured function around an offset: the innermost of today's functions there, the top level of a module included. None when that
/// one was not measured, or is new.
pub fn function_at(view: &FileView, offset: ByteOffset) -> Option<FrameId> {
    let holds = |range: source::position::ByteRange| range.start <= offset && offset <= range.end;
    let around = view.measured_functions().filter(|(placed, function)| function.kind == FunctionKind::Toplevel || holds(placed.range));
    let size = |kind: FunctionKind, range: source::position::ByteRange| (kind == FunctionKind::Toplevel, range.end.0 - range.start.0);
    let (placed, function) = around.min_by_key(|(placed, function)| size(function.kind, placed.range))?;
    if let Some(functions) = &view.subject.functions {
        let innermost = functions.at(offset)?;
        let is_it = match function.kind {
            FunctionKind::Toplevel => innermost.kind == FunctionKind::Toplevel,
            _ => size(innermost.kind, innermost.range) >= size(function.kind, placed.range),
        };
        return is_it.then_some(function.frame);
    }
    Some(function.frame)
}

/// The profile's function of a piece of code in the file at `path`, for a text that was not measured as it is: the one of the same name
/// that begins there, else the only one of that name.
pub fn function_named(profile: &Profile, path: &str, document: &Document, code: &Function) -> Option<FrameId> {
    let in_file = profile.frames.iter().enumerate().filter_map(|(row, frame)| {
        let source = profile.source(frame.source?);
        (source.path.as_deref() == Some(path) && code.has_v8_name(&frame.name)).then_some((FrameId::new(row), frame, source))
    });
    let all: Vec<_> = in_file.collect();
    let begins_there = all.iter().find(|(_, frame, source)| {
        let at = document.v8_lines(ByteOrderMark::of_script(&source.url)).to_position(code.v8_start);
        frame.start == Some(Position { line: at.line, column: at.column })
    });
    // Of several functions without a name, none is known to be the one.
    let only = || if all.len() == 1 && !all[0].1.name.is_empty() { all.first() } else { None };
    begins_there.or_else(only).map(|(id, _, _)| *id)
}

#[cfg(test)]
mod tests {
    use source::functions::functions;

    use super::*;
    use crate::fixture::{Fixture, SERVER};

    fn name_at(fixture: Fixture, marked: &str) -> Option<String> {
        let view = fixture.view();
        let text = view.subject.document.text().to_string();
        let at = text.find(&marked.replacen('|', "", 1)).expect("the piece is in the text") + marked.find('|').unwrap();
        let frame = function_at(&view, ByteOffset(at))?;
        Some(view.measured()?.results.index.profile().frame(frame).name.clone())
    }

    #[test]
    fn innermost_function_of_today() {
        fn check(edit: Option<(&str, &str)>, marked: &str, expected: Option<&str>) {
            let found = name_at(Fixture::new(SERVER).edited(edit), marked);
            assert_eq!(found.as_deref(), expected, "{edit:?} {marked}");
        }
        check(None, "heavy|(items)", Some("render"));
        check(None, "rend|er(items) {", Some("render"));
        check(None, "res.|send", Some("hello"));
        // No sample hit the top level.
        check(None, "app.|get", None);
        check(Some(("function render", "\n\n// moved\nfunction render")), "heavy|(items)", Some("render"));
        // Code that is new is not the code around it.
        check(Some(("heavy(items)", "(() => heavy(items))()")), "() => hea|vy", None);
        check(Some(("heavy(items)", "(() => heavy(items))()")), "return te|xt", Some("render"));
    }

    #[test]
    fn by_name_where_the_measured_text_is_not_known() {
        fn check(text: &str, marked: &str, expected: Option<&str>) {
            let view = Fixture::new(SERVER).view();
            let profile = view.measured().unwrap().results.index.profile();
            let document = Document::new(source::syntax::Language::JavaScript, 1, text);
            let code = functions(document.syntax(), document.text());
            let at = text.find(&marked.replacen('|', "", 1)).unwrap() + marked.find('|').unwrap();
            let found = function_named(profile, "/app/server.js", &document, code.at(ByteOffset(at)).unwrap());
            assert_eq!(found.map(|frame| profile.frame(frame).name.as_str()), expected);
        }
        check(SERVER, "heavy|(items)", Some("render"));
        check("\n\nfunction render() { return 1; }\n", "return| 1", Some("render"));
        check("\n\nfunction other() { return 1; }\n", "return| 1", None);
    }
}
