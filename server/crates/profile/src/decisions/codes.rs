//! Stable codes for V8's reasons.

/// The code of a deoptimization's reason, such as `deopt/wrong-map`. Reasons of a V8 not known yet get one as well.
pub fn deopt_code(reason: &str) -> String {
    format!("deopt/{}", slug(reason))
}

/// The code of a refused inlining, from V8's words or numbers of any version, such as `inlining/too-big`. `reason` is what V8 prints
/// behind the function's name, or only the reason itself: `5`, `(reason: 5)`, `exceeds bytecode limit`,
/// `big function, size (213) >= max-size (100)`, `, because of recursive inlining`.
///
/// A refusal that no version known here prints is `inlining/not-inlineable`: show V8's text with it.
///
/// Texts: V8's `compiler/js-inlining.cc`, `compiler/js-inlining-heuristic.cc`, `maglev/maglev-graph-builder.cc`,
/// `maglev/maglev-inlining.cc`.
pub fn inlining_code(reason: &str) -> String {
    known_inlining_code(reason).unwrap_or_else(|| format!("inlining/{UNKNOWN_REFUSAL}"))
}

/// The code of a refused inlining, as [`inlining_code`]; none for words that no version known here prints.
pub fn known_inlining_code(reason: &str) -> Option<String> {
    let reason = reason.trim();
    let reason = reason.split_once("(reason: ").map_or(reason, |(_, inside)| inside.trim_end_matches(')'));
    let reason = reason.parse().ok().and_then(inlineability).unwrap_or(reason);
    let (_, slug) = REFUSALS.iter().find(|(words, _)| reason.contains(words))?;
    Some(format!("inlining/{slug}"))
}

/// Every code that [`inlining_code`] gives, some of them several times, with words of V8 that lead to it.
pub fn inlining_codes() -> impl Iterator<Item = (&'static str, String)> {
    REFUSALS.iter().chain(&[("", UNKNOWN_REFUSAL)]).map(|(words, slug)| (*words, format!("inlining/{slug}")))
}

/// V8's words for a number of `SharedFunctionInfo::Inlineability` (`objects/shared-function-info.h`; the words are those that V8 14
/// prints itself). TurboFan prints the number up to Node 24, and so does Maglev in Node 24; it is the same in all of them: 5 was seen for
/// functions that are too big in Node 18, 20, 22 and 24.
pub fn inlineability(number: u32) -> Option<&'static str> {
    INLINEABILITY.get(usize::try_from(number).ok()?).copied()
}

const INLINEABILITY: [&str; 8] = [
    "has no script",
    "needs binary coverage",
    "is builtin",
    "is not user code",
    "has no bytecode",
    "exceeds bytecode limit",
    "may contain breakpoints",
    "has optimization disabled",
];

const UNKNOWN_REFUSAL: &str = "not-inlineable";

/// Words that tell a refusal. The first that occurs counts.
const REFUSALS: [(&str, &str); 30] = [
    ("has no script", "no-script"),
    ("needs binary coverage", "needs-coverage"),
    ("is builtin", "builtin"),
    ("is not user code", "not-user-code"),
    ("has no bytecode", "no-bytecode"),
    ("no bytecode", "no-bytecode"),
    ("exceeds bytecode limit", "too-big"),
    ("big function, size", "too-big"),
    ("optimization disabled", "optimisation-disabled"),
    ("may contain breakpoints", "breakpoint"),
    ("recursive inlining", "recursive"),
    ("direct recursion", "recursive"),
    ("exceeded the maximum depth", "too-deep"),
    ("inlining depth (", "too-deep"),
    ("max inlining depth", "too-deep"),
    ("no feedback vector", "not-compiled"),
    ("not been compiled", "not-compiled"),
    ("no feedback yet", "not-compiled"),
    ("feedback vector changed", "feedback-changed"),
    ("call frequency", "cold-call"),
    ("maximum inlining ids", "too-many-inlined"),
    ("maximum inlined bytecode size", "budget-exceeded"),
    ("budget exhausted", "budget-exceeded"),
    ("not enough budget", "budget-exceeded"),
    ("heapnum", "budget-exceeded"),
    ("NewTargetOrGenerator", "new-target-or-generator"),
    ("class constructor", "class-constructor"),
    ("constructor is not constructable", "not-constructable"),
    ("source positions are missing", "no-source-positions"),
    ("polymorphic inlining is disabled", "polymorphic-disabled"),
];

fn slug(words: &str) -> String {
    let mut slug = String::with_capacity(words.len());
    for char in words.chars() {
        if char.is_ascii_alphanumeric() {
            slug.push(char.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let length = slug.trim_end_matches('-').len();
    slug.truncate(length);
    if slug.is_empty() { "unknown".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_of_a_reason() {
        fn check(reason: &str, expected: &str) {
            assert_eq!(deopt_code(reason), expected);
        }
        check("wrong map", "deopt/wrong-map");
        check("Insufficient type feedback for call", "deopt/insufficient-type-feedback-for-call");
        check("not a JavaScript object, Null or Undefined", "deopt/not-a-javascript-object-null-or-undefined");
        check("%_DeoptimizeNow", "deopt/deoptimizenow");
        check("(unknown)", "deopt/unknown");
        check("", "deopt/unknown");
    }

    #[test]
    fn code_of_a_refusal() {
        let check = |reason, expected| assert_eq!(inlining_code(reason), expected, "{reason}");
        check("5", "inlining/too-big");
        check("(reason: 5)", "inlining/too-big");
        check("for inlining (reason: 7)", "inlining/optimisation-disabled");
        check("(reason: exceeds bytecode limit)", "inlining/too-big");
        check("big function, size (213) >= max-size (100)", "inlining/too-big");
        check(", because of recursive inlining", "inlining/recursive");
        check("direct recursion", "inlining/recursive");
        check("it has not been compiled/run with feedback yet", "inlining/not-compiled");
        check("call frequency (0) < minimum threshold (0.95)", "inlining/cold-call");
        check("maximum inlined bytecode size", "inlining/budget-exceeded");
        check("maximum inlined bytecode size for small functions", "inlining/budget-exceeded");
        check("inlining depth (11) >= hard-max-depth (10)", "inlining/too-deep");
        check(" because it had its optimization disabled or may contain breakpoints.", "inlining/optimisation-disabled");
        check("may contain breakpoints", "inlining/breakpoint");
        check("no feedback vector", "inlining/not-compiled");
        check("no bytecode", "inlining/no-bytecode");
        check("8", "inlining/not-inlineable");
        check("55", "inlining/not-inlineable");
        check("the moon is full", "inlining/not-inlineable");
        check("", "inlining/not-inlineable");
    }

    #[test]
    fn each_refusal_leads_to_its_code() {
        for (words, code) in inlining_codes() {
            assert_eq!(inlining_code(words), code, "{words}");
        }
        for (number, words) in INLINEABILITY.iter().enumerate() {
            assert_eq!(inlining_code(&number.to_string()), inlining_code(words), "{number}");
            assert_ne!(inlining_code(words), "inlining/not-inlineable", "{words}");
        }
    }
}
