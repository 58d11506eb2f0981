use super::*;
use crate::expect::ExpectedStatus;
use proptest::prelude::*;
use serde_json::json;

const MOST: u64 = 1 << 20;

/// A response, with its body in these chunks.
fn judge(check: &mut Check, expect: &Expect, status: u16, chunks: &[&[u8]]) -> Result<(), Failure> {
    check.begin();
    check.head(expect, status, None);
    for chunk in chunks {
        check.chunk(expect, MOST, chunk)?;
    }
    check.end(expect)
}

fn body(expected: impl IntoIterator<Item = ExpectedBody>) -> Expect {
    Expect { body: expected.into_iter().collect(), ..Expect::default() }
}

fn exact(text: &'static str) -> ExpectedBody {
    ExpectedBody::Exact(Bytes::from_static(text.as_bytes()))
}

fn containing(text: &'static str) -> ExpectedBody {
    ExpectedBody::Contains(Bytes::from_static(text.as_bytes()))
}

fn at(pointer: &str, value: Value) -> ExpectedBody {
    ExpectedBody::Json { pointer: pointer.into(), value }
}

#[test]
fn judges_bodies() {
    let mut checker = Check::default();
    let mut check = |expect: &Expect, chunks: &[&str], problem: Option<&str>| {
        let chunks: Vec<_> = chunks.iter().map(|chunk| chunk.as_bytes()).collect();
        let verdict = judge(&mut checker, expect, 200, &chunks);
        let failure = verdict.err();
        assert_eq!(failure.as_ref().map(|failure| failure.message.as_str()), problem);
        assert!(failure.is_none_or(|failure| failure.kind == FailureKind::BodyMismatch));
    };
    let hello = body([exact("hello")]);
    check(&hello, &["hel", "lo"], None);
    check(&hello, &["", "hello", ""], None);
    check(&hello, &["hel"], Some("the body has 3 bytes, 5 were expected"));
    check(&hello, &[], Some("the body has 0 bytes, 5 were expected"));
    check(&hello, &["hel", "p", "!!"], Some("the body differs from the expected one at byte 3"));
    check(&hello, &["hello", " there"], Some("the body is longer than the 5 bytes expected"));
    check(&body([exact("")]), &[], None);

    let needle = body([containing("needle")]);
    check(&needle, &["hay needle hay"], None);
    check(&needle, &["hay n", "e", "", "edl", "e"], None);
    check(&needle, &["nee", "needle"], None);
    check(&needle, &["nee", "nedle"], Some("the body of 8 bytes does not contain \"needle\""));
    check(&needle, &[], Some("the body of 0 bytes does not contain \"needle\""));
    check(&body([containing("")]), &[], None);
    check(&body([containing("ab"), containing("long one"), containing("b")]), &["a", "b lon", "g one"], None);

    let json = body([at("/id", json!(7)), at("/tags/1", json!("b"))]);
    check(&json, &["{\"id\":7,", "\"tags\":[\"a\",\"b\"]}"], None);
    check(&json, &["{\"id\":8}"], Some("/id is 8, 7 was expected"));
    check(&json, &["{\"id\":7}"], Some("the body has nothing at /tags/1, \"b\" was expected there"));
    check(&json, &["oops"], Some("the body of 4 bytes is not JSON: expected value at line 1 column 1"));
    check(&json, &["{\"id\":7"], Some("the body of 7 bytes is not JSON: EOF while parsing an object at line 1 column 7"));
    check(&json, &[], Some("the body of 0 bytes is not JSON: EOF while parsing a value at line 1 column 0"));

    // All must hold, and the first that does not is told.
    let both = body([containing("x"), at("", json!([1]))]);
    check(&both, &["[1]"], Some("the body of 3 bytes does not contain \"x\""));
    check(&body([at("", json!([1])), containing("1")]), &["[1", ".0]"], None);
    // Nothing of the responses before is left.
    check(&needle, &["needl"], Some("the body of 5 bytes does not contain \"needle\""));
    check(&needle, &["e"], Some("the body of 1 bytes does not contain \"needle\""));
}

#[test]
fn judges_statuses() {
    let mut checker = Check::default();
    let expect = |statuses: &[u16]| Expect { status: ExpectedStatus::OneOf(statuses.to_vec()), body: vec![exact("x")] };
    assert_eq!(judge(&mut checker, &expect(&[404, 410]), 410, &[b"x"]), Ok(()));
    // The body of another response than the expected one is not judged, only shown.
    let failure = judge(&mut checker, &expect(&[200]), 500, &[b"it ", b"broke"]).unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Status, "unexpected status 500"));
    assert_eq!((checker.status(), checker.received(), checker.sample()), (Some(500), 8, b"it broke".as_slice()));
    checker.begin();
    assert_eq!((checker.status(), checker.received(), checker.sample()), (None, 0, b"".as_slice()));
}

#[test]
fn redirects_are_told_and_not_followed() {
    let check = |status: u16, location: Option<&[u8]>, expected: &str| {
        let expect = Expect::default();
        let mut check = Check::default();
        check.begin();
        check.head(&expect, status, location);
        assert_eq!(check.end(&expect).unwrap_err().message, expected);
    };
    check(302, Some(b"/login"), "unexpected status 302: the redirect to /login is not followed");
    check(304, None, "unexpected status 304");
    check(401, Some(b"/login"), "unexpected status 401");
    let long = [b'a'; 5000];
    let expected = format!("unexpected status 308: the redirect to {}… is not followed", "a".repeat(100));
    check(308, Some(&long), &expected);
    check(301, Some(b"/\xff"), "unexpected status 301: the redirect to /\u{fffd} is not followed");
}

#[test]
fn compression_is_told_with_what_to_do() {
    let check = |encoding: &str, expect: Expect, chunk: &[u8], expected: &str| {
        let mut check = Check::default();
        check.begin();
        check.head(&expect, 200, None);
        check.content_encoding(encoding.as_bytes());
        check.chunk(&expect, MOST, chunk).unwrap();
        let message = check.end(&expect).unwrap_err().message;
        assert!(message.contains(expected), "{message}");
        message
    };
    check("gzip", body([containing("hello")]), b"\x1f\x8b\x08", "compressed (gzip)");
    check("br", body([at("", json!(1))]), b"\x1f\x8b\x08", "send accept-encoding: identity");
    let plain = check("identity", body([exact("hello")]), b"help", "differs");
    assert!(!plain.contains("compressed"), "{plain}");
}

#[test]
fn long_bodies_end_the_exchange() {
    let expect = body([at("", json!(1))]);
    let mut check = Check::default();
    check.begin();
    check.head(&expect, 200, None);
    assert_eq!(check.chunk(&expect, 4, b"1234"), Ok(()));
    let failure = check.chunk(&expect, 4, b"5").unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::BodyTooLarge, "the body is longer than the 4 bytes that are read"));
    // An unexpected status says more.
    check.begin();
    check.head(&expect, 500, None);
    assert_eq!(check.chunk(&expect, 4, b"12345").unwrap_err().kind, FailureKind::Status);
}

#[test]
fn keeps_no_more_than_it_needs() {
    let mut check = Check::default();
    let chunk = vec![b'x'; 1 << 16];
    for expect in [Expect::default(), body([containing("needle")])] {
        check.begin();
        check.head(&expect, 200, None);
        for _ in 0..64 {
            check.chunk(&expect, 1 << 30, &chunk).unwrap();
        }
        let kept = check.sample.capacity() + check.body.capacity() + check.tail.capacity();
        assert!(kept <= 2 * SAMPLE_BYTES, "{kept}");
    }
    assert_eq!(Check::default().body.capacity(), 0);
    let expect = body([at("", json!(1))]);
    let _mismatch = judge(&mut check, &expect, 200, &[&chunk, &chunk]);
    check.begin();
    assert!(check.body.capacity() <= BUFFER_BYTES);
}

proptest! {
    #[test]
    fn chunks_make_no_difference(text in "[ab1\\[\\]]{0,24}", cuts in prop::collection::vec(0usize..25, 0..8), index in 0usize..6) {
        let expect = [
            body([exact("ab1[ab]")]),
            body([containing("aab")]),
            body([containing("abab"), containing("b")]),
            body([at("", json!([1]))]),
            body([containing("1"), at("/0", json!(1)), containing("[")]),
            Expect { status: ExpectedStatus::OneOf(vec![404]), body: Vec::new() },
        ];
        let expect = &expect[index];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
        let (mut whole, mut split) = (Check::default(), Check::default());
        let verdict = judge(&mut whole, expect, 200, &[text.as_bytes()]);
        prop_assert_eq!(&judge(&mut split, expect, 200, &chunks), &verdict);
        prop_assert_eq!(split.sample(), whole.sample());
        prop_assert_eq!(split.received(), whole.received());
        if let [ExpectedBody::Contains(needle)] = expect.body.as_slice() {
            prop_assert_eq!(verdict.is_ok(), memmem::find(text.as_bytes(), needle).is_some());
        }
    }
}
