//! Which builtins a flamegraph names.

use std::sync::Arc;

/// Name of a builtin that a program calls knowingly, as a program writes it: `ArrayPrototypeJoin` → `Array.prototype.join`. None for V8's
/// own plumbing (inline caches, call trampolines, conversions), whose time belongs to the JavaScript that runs it.
pub(super) fn shown_name(builtin: &[u8]) -> Option<Arc<str>> {
    let name = std::str::from_utf8(builtin).ok()?;
    if let Some((class, method)) = name.split_once("Prototype") {
        let is_class = class.starts_with(|first: char| first.is_ascii_uppercase());
        let is_method = method.starts_with(|first: char| first.is_ascii_uppercase());
        return (is_class && is_method).then(|| format!("{class}.prototype.{}", lower_first(method)).into());
    }
    const STATIC: [(&str, &str); 12] = [
        ("JsonParse", "JSON.parse"),
        ("JsonStringify", "JSON.stringify"),
        ("ArrayFrom", "Array.from"),
        ("ArrayIsArray", "Array.isArray"),
        ("ObjectKeys", "Object.keys"),
        ("ObjectEntries", "Object.entries"),
        ("ObjectValues", "Object.values"),
        ("ObjectAssign", "Object.assign"),
        ("ObjectCreate", "Object.create"),
        ("StringFromCharCode", "String.fromCharCode"),
        ("NumberParseFloat", "Number.parseFloat"),
        ("NumberParseInt", "Number.parseInt"),
    ];
    STATIC.iter().find(|(builtin, _)| *builtin == name).map(|(_, shown)| (*shown).into())
}

fn lower_first(method: &str) -> String {
    let mut chars = method.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn builtins_that_are_shown() {
        fn check(builtin: &str, expected: Option<&str>) {
            assert_eq!(shown_name(builtin.as_bytes()).as_deref(), expected, "{builtin}");
        }
        check("ArrayPrototypeJoin", Some("Array.prototype.join"));
        check("RegExpPrototypeExec", Some("RegExp.prototype.exec"));
        check("JsonStringify", Some("JSON.stringify"));
        check("LoadIC_Megamorphic", None);
        check("CallFunction_ReceiverIsAny", None);
        check("InterpreterEntryTrampoline", None);
    }
}
