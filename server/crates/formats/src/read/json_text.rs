//! Texts in JSON that V8 wrote.

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A text, borrowed from the input where it has no escapes. Bytes and escapes that are no Unicode text are replaced.
pub(super) struct Text<'de> {
    pub(super) text: Cow<'de, str>,
    pub(super) was_invalid: bool,
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(match std::str::from_utf8(bytes) {
                    Ok(text) => Text { text: Cow::Borrowed(text), was_invalid: false },
                    Err(_) => Text { text: Cow::Owned(String::from_utf8_lossy(bytes).into_owned()), was_invalid: true },
                })
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(match std::str::from_utf8(bytes) {
                    Ok(text) => Text { text: Cow::Owned(text.to_owned()), was_invalid: false },
                    Err(_) => Text { text: Cow::Owned(String::from_utf8_lossy(bytes).into_owned()), was_invalid: true },
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
                Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &self))
            }
        }
        // As bytes, because V8 escapes lone surrogates, which are no `str`.
        deserializer.deserialize_bytes(V)
    }
}
