use std::time::{Duration, SystemTime};

/// Reads the date of a cookie by the algorithm of RFC 6265 §5.1.1, which takes what servers
/// really send: names and numbers in any order, two-digit years. Dates before 1970 are 1970.
pub(super) fn parse(text: &[u8]) -> Option<SystemTime> {
    let mut time = None;
    let mut day = None;
    let mut month = None;
    let mut year = None;
    for token in text.split(|byte| is_delimiter(*byte)).filter(|token| !token.is_empty()) {
        if time.is_none() && token.contains(&b':') {
            time = time_of_day(token);
        } else if let (None, Some(number @ 1..=31), 1 | 2) = (day, leading_number(token), leading_digits(token)) {
            day = Some(number);
        } else if let (None, Some(number)) = (month, month_number(token)) {
            month = Some(number);
        } else if let (None, Some(number), 2 | 4) = (year, leading_number(token), leading_digits(token)) {
            year = Some(match number {
                0..=69 => number + 2000,
                70..=99 => number + 1900,
                number => number,
            });
        }
    }
    let (time, day, month, year) = (time?, day?, month?, year?);
    if year < 1601 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + time;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

fn leading_digits(token: &[u8]) -> usize {
    token.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn leading_number(token: &[u8]) -> Option<i64> {
    std::str::from_utf8(&token[..leading_digits(token)]).ok()?.parse().ok()
}

/// Seconds since midnight of `hh:mm:ss`.
fn time_of_day(token: &[u8]) -> Option<i64> {
    let mut parts = token.split(|byte| *byte == b':');
    let mut part = |most: i64| {
        let token = parts.next()?;
        leading_number(token).filter(|number| matches!(leading_digits(token), 1 | 2) && *number <= most)
    };
    Some(part(23)? * 3600 + part(59)? * 60 + part(59)?)
}

fn month_number(token: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let start = token.get(..3)?;
    (1..).zip(MONTHS).find(|(_, name)| start.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

/// Days from 1 January 1970 in the Gregorian calendar; years begin in March here, so that
/// the leap day is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_send() {
        let check = |text: &str, expected: Option<u64>| {
            let seconds = parse(text.as_bytes()).map(|date| date.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
            assert_eq!(seconds, expected, "{text}");
        };
        check("Thu, 01 Jan 1970 00:00:00 GMT", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199));
        check("Mon, 01-Mar-2100 00:00:00 GMT", Some(4_107_542_400));
        check("Wed, 01 Jan 1800 00:00:00 GMT", Some(0));
        check("Wed, 01 Jan 1500 00:00:00 GMT", None);
        check("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799));
        check("Thu, 01 Jan 1970", None);
        check("01 Jan 1970 25:00:00", None);
        check("01 Jan 1970 99999999999999999999:00:00", None);
        check("", None);
        check("tomorrow", None);
    }
}
