use std::time::SystemTime;

mod date;

/// Cookies a server has given over one connection, in the order in which they first came.
///
/// Name and value only: there is one server, so domain, path and the other attributes are
/// not looked at, nor is an expiry that lies in the future. Bounded, whatever the server
/// sends: what is too long is not kept, and the oldest cookie makes room for a new one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cookies {
    kept: Vec<Cookie>,
    /// Bytes of all names and values.
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Cookie {
    name: Box<[u8]>,
    value: Box<[u8]>,
}

impl Cookie {
    fn bytes(&self) -> usize {
        self.name.len() + self.value.len()
    }
}

impl Cookies {
    /// RFC 6265 §6.1 asks for at least 50.
    const MOST: usize = 64;
    /// Most bytes of a name and its value, as in RFC 6265 §6.1.
    const COOKIE_BYTES: usize = 4096;
    /// Most bytes of all: servers take heads of 8 to 16 KiB.
    const BYTES: usize = 8192;

    /// Takes the value of a `set-cookie` header. One that is malformed or longer than 4 KiB is not kept,
    /// as in browsers.
    pub(crate) fn store(&mut self, set_cookie: &[u8]) {
        let mut parts = set_cookie.split(|byte| *byte == b';');
        let Some((name, value)) = parts.next().and_then(pair) else { return };
        let is_illegal = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
        if name.is_empty() || set_cookie.iter().any(is_illegal) {
            return;
        }
        let known = self.kept.iter().position(|cookie| *cookie.name == *name);
        if is_expired(parts, SystemTime::now()) {
            if let Some(known) = known {
                self.remove(known);
            }
            return;
        }
        if name.len() + value.len() > Self::COOKIE_BYTES {
            return;
        }
        if known.is_some_and(|known| *self.kept[known].value == *value) {
            return;
        }
        self.bytes += name.len() + value.len();
        let mut index = known.unwrap_or(self.kept.len());
        let cookie = Cookie { name: name.into(), value: value.into() };
        match self.kept.get_mut(index) {
            Some(known) => self.bytes -= std::mem::replace(known, cookie).bytes(),
            None => self.kept.push(cookie),
        }
        while self.kept.len() > Self::MOST || self.bytes > Self::BYTES {
            // The one that has just come stays.
            let oldest = usize::from(index == 0);
            self.remove(oldest);
            index = index.saturating_sub(1);
        }
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there is a cookie of this name.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.kept.iter().any(|cookie| *cookie.name == *name)
    }

    /// Appends them as in a `cookie` header; `is_first` says that nothing stands before them.
    pub(crate) fn write(&self, mut is_first: bool, out: &mut Vec<u8>) {
        for cookie in &self.kept {
            if !is_first {
                out.extend_from_slice(b"; ");
            }
            is_first = false;
            out.extend_from_slice(&cookie.name);
            out.push(b'=');
            out.extend_from_slice(&cookie.value);
        }
    }

    fn remove(&mut self, index: usize) {
        self.bytes -= self.kept.remove(index).bytes();
    }
}

/// Whether the attributes say that the cookie is to be deleted. `Max-Age` counts more than
/// `Expires`, the last of each counts, and one that cannot be read does not (RFC 6265 §5.2).
fn is_expired<'a>(attributes: impl Iterator<Item = &'a [u8]>, now: SystemTime) -> bool {
    let mut max_age = None;
    let mut expires = None;
    for (name, value) in attributes.filter_map(pair) {
        if name.eq_ignore_ascii_case(b"max-age") {
            max_age = is_age(value).then(|| is_zero_or_less(value)).or(max_age);
        } else if name.eq_ignore_ascii_case(b"expires") {
            expires = date::parse(value).map(|date| date <= now).or(expires);
        }
    }
    max_age.or(expires).unwrap_or(false)
}

fn is_age(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn is_zero_or_less(age: &[u8]) -> bool {
    age.starts_with(b"-") || age.iter().all(|digit| *digit == b'0')
}

/// `name=value` without the space around either.
fn pair(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', part)?;
    Some((part[..equals].trim_ascii(), part[equals + 1..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(cookies: &Cookies) -> String {
        let mut out = Vec::new();
        cookies.write(true, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keeps_replaces_and_deletes() {
        let check = |given: &[&str], expected: &str| {
            let mut cookies = Cookies::default();
            for set_cookie in given {
                cookies.store(set_cookie.as_bytes());
            }
            assert_eq!(sent(&cookies), expected, "{given:?}");
            assert_eq!(cookies.is_empty(), expected.is_empty());
        };
        check(&["a=1; Path=/; HttpOnly", "b=2"], "a=1; b=2");
        check(&["a=1", "b=2", "a=3"], "a=3; b=2");
        check(&[" a = x y ;Secure"], "a=x y");
        check(&["a=b=c==", "e="], "a=b=c==; e=");
        check(&["a=1", "a=; Max-Age=0"], "");
        check(&["a=1", "b=2", "a=x; max-age=-5"], "b=2");
        check(&["a=1; Max-Age=60"], "a=1");
        check(&["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "");
        check(&["a=1", "a=; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"], "");
        check(&["a=1; Expires=Fri, 01 Jan 9999 00:00:00 GMT"], "a=1");
        check(&["a=1; Expires=whenever", "b=1; Max-Age=soon", "c=1; Max-Age="], "a=1; b=1; c=1");
        // Max-Age counts more than Expires, in any order.
        check(&["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "a=1");
        check(&["a=1; Expires=Fri, 01 Jan 9999 00:00:00 GMT; Max-Age=0"], "");
        check(&["", "=x", "no pair", ";", "a=1\r\nx: y", "a\0=1"], "");
    }

    #[test]
    fn takes_no_more_than_fits_a_head() {
        let mut cookies = Cookies::default();
        cookies.store(format!("a={}", "x".repeat(Cookies::COOKIE_BYTES)).as_bytes());
        assert!(cookies.is_empty());
        for n in 0..10_000 {
            cookies.store(format!("n{n}=1").as_bytes());
        }
        assert!(sent(&cookies).ends_with("n9998=1; n9999=1"));
        assert_eq!(cookies.kept.len(), Cookies::MOST);
        cookies.store(format!("a={}", "x".repeat(4000)).as_bytes());
        cookies.store(format!("b={}", "x".repeat(4000)).as_bytes());
        cookies.store(format!("c={}", "x".repeat(4000)).as_bytes());
        cookies.store(format!("b={}", "y".repeat(4090)).as_bytes());
        assert!(cookies.has(b"b") && cookies.has(b"c") && !cookies.has(b"a"));
    }

    proptest! {
        #[test]
        fn stays_bounded(given in prop::collection::vec(("[ab]{0,2}", 0usize..5000, prop::bool::ANY), 0..40)) {
            let mut cookies = Cookies::default();
            for (name, length, deleted) in given {
                let age = if deleted { "; Max-Age=0" } else { "" };
                cookies.store(format!("{name}={}{age}", "v".repeat(length)).as_bytes());
                prop_assert!(cookies.bytes <= Cookies::BYTES);
                prop_assert_eq!(cookies.bytes, cookies.kept.iter().map(Cookie::bytes).sum::<usize>());
                if name.len() + length <= Cookies::COOKIE_BYTES {
                    prop_assert_eq!(cookies.has(name.as_bytes()), !name.is_empty() && !deleted);
                }
            }
        }
    }
}
