//! Stable codes for V8's reasons.

/// The code of a deoptimization's reason, such as `deopt/wrong-map`. Reasons of a V8 not known yet get one as well.
pub fn deopt_code(reason: &str) -> String {
    format!("deopt/{}", slug(reason))
}

/// The code of a refused inlining, from V8's words or numbers of any version, such as `inlining/too-big`.
pub fn inlining_code(reason: &str) -> String {
    format!("inlining/{}", slug(reason))
}

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
}
