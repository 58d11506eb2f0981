//! Folded stacks of this crate's writer, and of others.

use super::*;
use crate::write::collapsed::{self, Weight};
use crate::write::sample;
use profile::totals::Totals;
use proptest::prelude::*;

fn read_text(text: &str) -> Result<Profile, String> {
    read(text.as_bytes()).map_err(|error| error.to_string())
}

fn written(profile: &Profile, weight: Weight) -> String {
    let mut out = Vec::new();
    collapsed::write(profile, weight, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn what_this_crate_wrote_is_read_back() {
    let mut profile = sample::profile();
    profile.tree.self_bytes = (0..profile.tree.len() as u64).map(|node| node * 100).collect();
    for weight in [Weight::Microseconds, Weight::Samples, Weight::Bytes] {
        let first = written(&profile, weight);
        let again = read_text(&first).unwrap();
        assert!(again.is_consistent() && again.dropped.is_empty());
        assert_eq!(sorted(&written(&again, weight)), sorted(&first), "{weight:?}");
    }
    let again = read_text(&written(&profile, Weight::Microseconds)).unwrap();
    let figures = |profile: &Profile| -> Vec<(String, Category, u64, u64)> {
        let rows = Totals::of(profile).functions.into_iter();
        let mut rows: Vec<_> = rows
            .map(|row| {
                let frame = profile.frame(row.frame);
                (frame.name.clone(), frame.category, row.cost.self_us, row.cost.total_us)
            })
            // Its separators and control characters are others in the format.
            .filter(|(name, ..)| name != sample::EVIL_NAME && !name.starts_with("</script>"))
            .collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(figures(&again), figures(&profile));
}

#[test]
fn numbers_are_samples_unless_the_file_says_otherwise() {
    fn check(text: &str, us: &[u64], samples: &[u32], bytes: &[u64]) {
        let profile = read_text(text).unwrap();
        assert_eq!((&*profile.tree.self_us, &*profile.tree.self_samples, &*profile.tree.self_bytes), (us, samples, bytes), "{text}");
    }
    check("a 3\na;b 2\n", &[3000, 2000], &[3, 2], &[]);
    check("a;b 2\r\na;b 3\r\n", &[0, 5000], &[0, 5], &[]);
    check("# unit: microseconds\na 3", &[3], &[0], &[]);
    check("# unit: ms\na 1.5", &[1500], &[0], &[]);
    check("#unit: nanoseconds\n\n# more\na 1500", &[2], &[0], &[]);
    check("# unit: bytes\na 3\na;b 0", &[0, 0], &[0, 0], &[3, 0]);
    check("a 2.5", &[2500], &[3], &[]);
    check("a;b 10 12", &[0, 12000], &[0, 12], &[]);
    check("a 9007199254740", &[9_007_199_254_740_000], &[u32::MAX], &[]);
    assert!(read_text("a 1").unwrap().notes[0].contains("1 ms"));
    assert!(read_text("a;b 1 2").unwrap().notes[1].contains("compares"));
}

#[test]
fn what_cannot_be_read_is_counted() {
    fn check(text: &str, dropped: &[(&str, u64)]) {
        let profile = read_text(text).unwrap();
        let counted: Vec<(&str, u64)> = profile.dropped.iter().map(|(kind, n)| (&**kind, *n)).collect();
        assert_eq!(counted, dropped, "{text}");
    }
    check("a 1\nb\nc -1\nd 1e3\n 5\n\n", &[("malformedLines", 4)]);
    check("a 1\nb 99999999999999999999999999\n", &[("weightsTooLarge", 1)]);
    check("# unit: microseconds\na 9007199254740992\nb 1\n", &[("weightsTooLarge", 1)]);
    check("# unit: parsecs\na 1\n", &[("unknownUnits", 1)]);
    let profile = read(&b"a\xff;b 1\n"[..]).unwrap();
    assert_eq!(profile.dropped["invalidText"], 1);
    assert_eq!(read_text("").unwrap_err(), "not a folded stack file: the file is empty");
    let none = "not a folded stack file: none of its 2 lines is a stack and a number, such as `main;render 12`";
    assert_eq!(read_text("hello\n\n").unwrap_err(), none);
}

#[test]
fn a_name_alone_is_native_only_beside_places() {
    let categories = |text: &str| -> Vec<Category> { read_text(text).unwrap().frames.iter().map(|frame| frame.category).collect() };
    assert_eq!(categories("main;work 1\n(gc) 1\n"), [Category::App, Category::App, Category::Gc]);
    assert_eq!(categories("main;f /app/node_modules/x/a.js:1 1\n"), [Category::Native, Category::Dependency]);
}

#[test]
fn the_start_tells_folded_stacks() {
    fn check(start: &str, is_whole_file: bool, expected: bool) {
        assert_eq!(is_folded(start.as_bytes(), is_whole_file), expected, "{start}");
    }
    check("# unit: microseconds\na;b 1\nc 2\n", true, true);
    check("a;b 1\nc;d", false, true);
    check("a;b 1\nc;d", true, false);
    check("Listening on port 3000\n", true, false);
    check("a;b 1\nhello\n", true, false);
    check("", true, false);
    check("v8-version,13,6,233,17,-node.53,0\n", true, false);
}

#[test]
fn stacks_of_any_depth() {
    let text = format!("{}leaf 7\n", "f;".repeat(100_000));
    let profile = read_text(&text).unwrap();
    assert_eq!((profile.tree.len(), profile.frames.len()), (100_001, 2));
}

proptest! {
    #[test]
    fn any_text(text in "([a-z;: ./()_\\[\\]*~#0-9é\u{a0}]{0,20}\n){0,6}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for input in [text.as_bytes(), &bytes] {
            if let Ok(profile) = read(input) {
                prop_assert!(profile.is_consistent());
                // What is written again is read as the same.
                let first = written(&profile, Weight::Microseconds);
                if let Ok(again) = read(first.as_bytes()) {
                    let whole = |profile: &Profile| -> u64 {
                        let active = profile.tree.ids().filter(|node| profile.category_of(*node) != Category::Idle);
                        active.map(|node| profile.tree.self_us[node.index()]).sum()
                    };
                    prop_assert_eq!(whole(&again), whole(&profile));
                }
            }
        }
    }
}
