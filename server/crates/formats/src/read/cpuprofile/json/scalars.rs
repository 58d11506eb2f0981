//! Values of a CPU profile that are more lenient than their JSON types.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use std::fmt;

/// A number, rounded: some tools write times as fractions. Beyond `i64` it saturates.
pub(super) struct Whole(pub(super) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Whole, E> {
                Ok(Whole(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Whole, E> {
                Ok(Whole(i64::try_from(value).unwrap_or(i64::MAX)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Whole, E> {
                // `as` saturates.
                Ok(Whole(value.round() as i64))
            }
        }
        deserializer.deserialize_any(V)
    }
}

/// Appends a list of numbers.
pub(super) struct Wholes<'a>(pub(super) &'a mut Vec<i64>);

impl<'de> DeserializeSeed<'de> for Wholes<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Wholes<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Whole(value)) = seq.next_element()? {
            self.0.push(value);
        }
        Ok(())
    }
}

/// Appends `positionTicks` as `(line, ticks)`. Ticks with no line say nothing and are left out.
pub(super) struct Ticks<'a>(pub(super) &'a mut Vec<(u32, u32)>);

#[derive(Deserialize)]
struct Tick {
    line: Whole,
    ticks: Whole,
}

impl<'de> DeserializeSeed<'de> for Ticks<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Ticks<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of line ticks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(tick) = seq.next_element::<Tick>()? {
            let clamped = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
            let (line, ticks) = (clamped(tick.line.0), clamped(tick.ticks.0));
            if line > 0 && ticks > 0 {
                self.0.push((line, ticks));
            }
        }
        Ok(())
    }
}

/// Whether a script id names a script. It is a string in V8, a number in some tools; 0 is none.
pub(super) struct ScriptId(pub(super) bool);

impl<'de> Deserialize<'de> for ScriptId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = ScriptId;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a script id")
            }

            fn visit_str<E>(self, id: &str) -> Result<ScriptId, E> {
                Ok(ScriptId(!matches!(id, "" | "0")))
            }

            fn visit_u64<E>(self, id: u64) -> Result<ScriptId, E> {
                Ok(ScriptId(id != 0))
            }

            fn visit_i64<E>(self, id: i64) -> Result<ScriptId, E> {
                Ok(ScriptId(id > 0))
            }
        }
        deserializer.deserialize_any(V)
    }
}
