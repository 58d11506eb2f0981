use std::time::{Duration, Instant};

use httparse::Header;

use super::response::Sink;
use crate::check::Check;
use crate::cookies::Cookies;
use crate::expect::Expect;
use crate::failure::Failure;

/// A request under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    /// Its number in the run.
    pub(super) number: u64,
    /// When a connection took it up: its timeout counts from then.
    pub(super) begun: Instant,
    /// When its writing began, once it has.
    pub(super) started: Instant,
    /// Open loop: when it was due, from the start of the run.
    pub(super) due: Option<Duration>,
    /// Whether it had to wait for a connection, which then is no lag of the generator.
    pub(super) waited: bool,
    /// Whether it has been sent over a connection that the server had closed meanwhile.
    pub(super) retried: bool,
}

impl Exchange {
    pub(super) fn new(number: u64, due: Option<Duration>, now: Instant) -> Self {
        Self { number, begun: now, started: now, due, waited: false, retried: false }
    }
}

/// Takes a response of a run: judges it, keeps cookies.
pub(super) struct Taking<'a> {
    pub(super) check: &'a mut Check,
    pub(super) expect: &'a Expect,
    pub(super) max_body_bytes: u64,
    pub(super) cookies: Option<&'a mut Cookies>,
}

impl Sink for Taking<'_> {
    fn head(&mut self, status: u16, headers: &[Header<'_>]) {
        let find = |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value);
        let location = if (300..400).contains(&status) { find("location") } else { None };
        self.check.head(self.expect, status, location);
        if !self.expect.body.is_empty()
            && let Some(encoding) = find("content-encoding")
        {
            self.check.content_encoding(encoding);
        }
        if let Some(cookies) = &mut self.cookies {
            for header in headers.iter().filter(|header| header.name.eq_ignore_ascii_case("set-cookie")) {
                cookies.store(header.value);
            }
        }
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.check.chunk(self.expect, self.max_body_bytes, bytes)
    }
}
