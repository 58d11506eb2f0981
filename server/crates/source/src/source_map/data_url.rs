//! Data URLs (RFC 2397): a map inside its generated file.

/// Why a data URL has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataUrlError {
    /// It does not start with `data:`.
    #[error("not a data URL: it starts with {start:?}")]
    Scheme {
        /// Its first characters.
        start: String,
    },
    /// It has no comma between its type and its data.
    #[error("the data URL has no comma, so no data")]
    NoData,
    /// Text in something else than UTF-8.
    #[error("the data URL is in {charset}; only UTF-8 can be read")]
    Charset {
        /// Its `charset`.
        charset: String,
    },
    /// Not base 64.
    #[error("the data URL has {found:?} at offset {offset} of its data, which is not base 64")]
    Base64 {
        /// Bytes into the data, percent escapes decoded.
        offset: usize,
        /// What is there.
        found: char,
    },
    /// Base 64 that ends within a byte.
    #[error("the base-64 data of the data URL is cut off")]
    Truncated,
}

/// The bytes of a `data:` URL, base 64 or percent-encoded, whatever its media type.
pub fn decode_data_url(url: &str) -> Result<Vec<u8>, DataUrlError> {
    let scheme = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if scheme.is_none() {
        return Err(DataUrlError::Scheme { start: url.chars().take(16).collect() });
    }
    let (media_type, data) = url[5..].split_once(',').ok_or(DataUrlError::NoData)?;
    let mut base64 = false;
    for parameter in media_type.split(';').skip(1).map(str::trim) {
        if parameter.eq_ignore_ascii_case("base64") {
            base64 = true;
        } else if let Some((name, charset)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
        {
            let charset = charset.trim().trim_matches('"');
            if !["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known)) {
                return Err(DataUrlError::Charset { charset: charset.to_owned() });
            }
        }
    }
    let data = percent_decoded(data);
    if base64 { base64_decoded(&data) } else { Ok(data) }
}

/// `%41` becomes `A`; a `%` that two hexadecimal digits do not follow stays.
pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).and_then(|&digit| char::from(digit).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Both alphabets, with or without padding; white space is skipped, as browsers do.
fn base64_decoded(data: &[u8]) -> Result<Vec<u8>, DataUrlError> {
    let mut decoded = Vec::with_capacity(data.len() / 4 * 3 + 2);
    let (mut bits, mut count, mut padded) = (0u32, 0u32, false);
    for (offset, &byte) in data.iter().enumerate() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padded = true;
                continue;
            }
            _ if byte.is_ascii_whitespace() => continue,
            _ => return Err(DataUrlError::Base64 { offset, found: char::from(byte) }),
        };
        if padded {
            return Err(DataUrlError::Base64 { offset, found: char::from(byte) });
        }
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count) as u8);
        }
    }
    // Whole groups leave 0, 2 or 4 bits; six are a digit on its own.
    if count >= 6 { Err(DataUrlError::Truncated) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls() {
        fn check(url: &str, expected: &str) {
            assert_eq!(decode_data_url(url), Ok(expected.as_bytes().to_vec()), "{url}");
        }
        check("data:application/json;base64,eyJhIjoxfQ==", r#"{"a":1}"#);
        check("data:application/json;charset=utf-8;base64,eyJhIjoxfQ", r#"{"a":1}"#);
        check("DATA:application/json;charset=\"UTF-8\";BASE64,eyJhIjox%0AfQ%3D%3D", r#"{"a":1}"#);
        check("data:;base64,w6nwn5KlPz8-", "é💥??>");
        check("data:application/json,%7B%22a%22:1%7d", r#"{"a":1}"#);
        check("data:,100%", "100%");
        check("data:,%C3%A9,é", "é,é");
        check("data:;base64,", "");
    }

    #[test]
    fn broken_data_urls() {
        fn check(url: &str, expected: DataUrlError) {
            assert_eq!(decode_data_url(url), Err(expected), "{url}");
        }
        check("out.js.map", DataUrlError::Scheme { start: "out.js.map".to_owned() });
        check("", DataUrlError::Scheme { start: String::new() });
        check("datä:", DataUrlError::Scheme { start: "datä:".to_owned() });
        check("data:application/json;base64", DataUrlError::NoData);
        check("data:;charset=utf-16;base64,AA", DataUrlError::Charset { charset: "utf-16".to_owned() });
        check("data:;base64,AA!A", DataUrlError::Base64 { offset: 2, found: '!' });
        check("data:;base64,AA=A", DataUrlError::Base64 { offset: 3, found: 'A' });
        check("data:;base64,AAAAA", DataUrlError::Truncated);
    }
}
