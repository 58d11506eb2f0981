//! What was probably meant by a word that is not known.

/// Most letters that may differ.
const MOST_EDITS: usize = 2;

/// The candidate that the word begins, or that differs by fewest letters, case ignored; none when all differ too much.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    // Beyond any candidate's length nothing is near, and the distance would take long.
    if word.len() > 40 {
        return None;
    }
    let rank = |candidate: &str| {
        let candidate: Vec<char> = candidate.to_lowercase().chars().collect();
        if word.len() > 1 && candidate.starts_with(&word) { 0 } else { edits(&word, &candidate) }
    };
    let ranked = candidates.into_iter().map(|candidate| (rank(candidate), candidate));
    ranked.filter(|(edits, _)| *edits <= MOST_EDITS && *edits < word.len()).min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// Letters to insert, remove or replace (Levenshtein distance).
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_word() {
        fn check(word: &str, expected: Option<&str>) {
            assert_eq!(nearest(word, ["self", "selfBytes", "total", "app", "gc"]), expected, "{word}");
        }
        check("slef", Some("self"));
        check("SELF", Some("self"));
        check("selfb", Some("selfBytes"));
        check("tot", Some("total"));
        check("ap", Some("app"));
        check("colour", None);
        check("", None);
        check(&"x".repeat(1000), None);
    }
}
