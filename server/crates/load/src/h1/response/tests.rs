use super::*;
use proptest::prelude::*;

/// What came of a connection's bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Of each response whose head has come: status, body so far, number of headers.
    responses: Vec<(u16, String, usize)>,
    /// Of each complete response: whether the connection may be used after it.
    keeps_alive: Vec<bool>,
    failure: Option<FailureKind>,
}

impl Sink for Seen {
    fn head(&mut self, status: u16, headers: &[Header<'_>]) {
        self.responses.push((status, String::new(), headers.len()));
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let (_, body, _) = self.responses.last_mut().unwrap();
        body.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(())
    }
}

/// Reads one response after the other from pieces, until a failure or the end of the connection.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, is_head: bool) -> Seen {
    let mut seen = Seen::default();
    let mut response = Response::default();
    for piece in pieces {
        let mut at = 0;
        while at < piece.len() {
            match response.feed(&piece[at..], is_head, &mut seen) {
                Ok(fed) => {
                    at += fed.consumed;
                    assert!(fed.complete || at == piece.len(), "{fed:?}");
                    if fed.complete {
                        seen.keeps_alive.push(response.keeps_alive());
                    }
                }
                Err(failure) => {
                    seen.failure = Some(failure.kind);
                    return seen;
                }
            }
        }
    }
    if response.has_begun() {
        match response.end() {
            Ok(()) => seen.keeps_alive.push(response.keeps_alive()),
            Err(failure) => seen.failure = Some(failure.kind),
        }
    }
    seen
}

/// Every response as status, body and what becomes of the connection, then the failure.
fn summary(input: &str, is_head: bool) -> String {
    let seen = read(std::iter::once(input.as_bytes()), is_head);
    let mut lines = Vec::new();
    for (index, (status, body, _)) in seen.responses.iter().enumerate() {
        let end = match seen.keeps_alive.get(index) {
            Some(true) => "keep",
            Some(false) => "close",
            None => "…",
        };
        lines.push(format!("{status} {body:?} {end}"));
    }
    lines.extend(seen.failure.map(|kind| kind.name().to_owned()));
    lines.join(", ")
}

/// Inputs that are cut anywhere below.
const INPUTS: &[(&str, &str)] = &[
    ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "200 \"hello\" keep"),
    ("HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\n\r\n", "200 \"\" keep"),
    ("HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", "200 \"hello\" keep"),
    ("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello", "200 \"hello\" keep"),
    // Lengths.
    ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello", "200 \"hello\" keep"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\nhello", "200 \"hello\" keep"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 5, 6\r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nhello", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello", "200 \"hello\" …, truncated"),
    // Until the end of the connection.
    ("HTTP/1.1 200 OK\r\n\r\nhello", "200 \"hello\" close"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\ncontent-length: 2\r\n\r\nhello", "200 \"hello\" close"),
    ("HTTP/1.1 200 OK\r\n\r\n", "200 \"\" close"),
    // Whether the connection stays.
    ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", "200 \"ok\" close"),
    ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\ncontent-length: 2\r\n\r\nok", "200 \"ok\" close"),
    ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "200 \"ok\" close"),
    ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", "200 \"ok\" keep"),
    ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nok", "200 \"ok\" close"),
    // Chunks.
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 \"hello\" keep"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "200 \"hello world\" keep"),
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a=\"b\";c\r\nhello\r\n00 ;x\r\nx-sum: 1\r\ny: 2\r\n\r\n",
        "200 \"hello\" keep",
    ),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 \"hello\" close"),
    ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "200 \"x\" close"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n", "200 \"0123456789\" keep"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n;x\r\nhello\r\n", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\nhello\r\n", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhello\r\n", "200 \"hell\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11111111111111111\r\nhello\r\n", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx\n\r\n", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\rx", "200 \"\" …, invalidResponse"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo", "200 \"hellowo\" …, truncated"),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "200 \"hello\" …, truncated"),
    // Without a body.
    ("HTTP/1.1 204 No Content\r\n\r\n", "204 \"\" keep"),
    ("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", "204 \"\" keep"),
    ("HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n", "304 \"\" keep"),
    // Interim responses.
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", "200 \"x\" keep"),
    ("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "101 \"\" close"),
    ("HTTP/1.1 100 Continue\r\n\r\n", "truncated"),
    // One after the other.
    ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nbb", "200 \"a\" keep, 404 \"bb\" keep"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc", "200 \"a\" keep, invalidResponse"),
    // Not HTTP/1.1, or not all of it.
    ("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "invalidResponse"),
    ("HTTP/2 200\r\n\r\n", "invalidResponse"),
    ("HTTP/1.1 2x0 OK\r\n\r\n", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\na b: c\r\n\r\n", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "invalidResponse"),
    ("HTTP/1.1 200 OK\r\ncontent-le", "truncated"),
    ("H", "truncated"),
    ("", ""),
];

#[test]
fn reads_responses() {
    for (input, expected) in INPUTS {
        assert_eq!(summary(input, false), *expected, "{input:?}");
    }
}

#[test]
fn responses_to_head_have_no_body() {
    for framing in ["content-length: 500", "transfer-encoding: chunked", "x: y"] {
        let response = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n");
        assert_eq!(summary(&response.repeat(2), true), "200 \"\" keep, 200 \"\" keep", "{framing}");
    }
}

#[test]
fn heads_are_limited() {
    let few = "x: y\r\n".repeat(5000);
    let head = format!("HTTP/1.1 200 OK\r\n{few}content-length: 0\r\n\r\n");
    let seen = read(std::iter::once(head.as_bytes()), false);
    assert_eq!((seen.responses[0].2, seen.failure), (5001, None));
    // Dripping in makes no difference.
    assert_eq!(read(head.as_bytes().chunks(7), false), seen);

    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(Response::MAX_HEAD / 6));
    for size in [100, 8000, 65_536, usize::MAX] {
        let seen = read(endless.as_bytes().chunks(size), false);
        assert_eq!(seen.failure, Some(FailureKind::InvalidResponse), "{size}");
    }
    let trailers = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n{}", "x: y\r\n".repeat(Response::MAX_HEAD));
    assert_eq!(read(std::iter::once(trailers.as_bytes()), false).failure, Some(FailureKind::InvalidResponse));
}

#[test]
fn messages_show_what_came() {
    let check = |input: &str, parts: &[&str]| {
        let mut response = Response::default();
        let failure = response.feed(input.as_bytes(), false, &mut Seen::default()).map(|_| response.end()).and_then(|end| end).unwrap_err();
        for part in parts {
            assert!(failure.message.contains(part), "{}", failure.message);
        }
    };
    check("220 mail.example\r\n", &["not HTTP/1.1", "220 mail.example"]);
    check("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", &["content-length \"x\"", "HTTP/1.1 200"]);
    check("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello", &["5 of 9 bytes"]);
    check("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", &["size of a chunk", "zz"]);
}

/// The input as pieces between these places, in any order.
fn cut<'a>(input: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(input.len() + 1)).collect();
    places.extend([0, input.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn does_not_depend_on_how_bytes_are_cut(
        inputs in prop::collection::vec(prop::sample::select(INPUTS), 1..4),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let input: Vec<u8> = inputs.iter().flat_map(|(input, _)| input.bytes()).collect();
        let whole = read(std::iter::once(&input[..]), false);
        prop_assert_eq!(&read(cut(&input, &places).into_iter(), false), &whole);
        prop_assert_eq!(&read(input.chunks(1), false), &whole);
    }

    #[test]
    fn takes_anything(
        input in prop::collection::vec(any::<u8>(), 0..200),
        head in prop::sample::select(vec!["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"]),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        struct Bytes(Vec<u8>);
        impl Sink for Bytes {
            fn head(&mut self, _: u16, _: &[Header<'_>]) {}
            fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
                self.0.extend_from_slice(bytes);
                Ok(())
            }
        }
        let input = [head.as_bytes(), &input].concat();
        let run = |pieces: Vec<&[u8]>| {
            let (mut response, mut body) = (Response::default(), Bytes(Vec::new()));
            for piece in pieces {
                match response.feed(piece, false, &mut body) {
                    Err(failure) => return (body.0, Some(failure.kind)),
                    Ok(fed) if fed.complete => return (body.0, None),
                    Ok(_) => {}
                }
            }
            (body.0, response.end().err().map(|failure| failure.kind))
        };
        prop_assert_eq!(run(cut(&input, &places)), run(vec![&input]));
    }
}
