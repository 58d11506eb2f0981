//! JSON written piece by piece.

use serde::Serialize;
use std::io::{self, Write};

/// Writes a list, one element after the other.
pub(super) fn list<T: Serialize>(out: &mut impl Write, elements: impl IntoIterator<Item = T>) -> io::Result<()> {
    out.write_all(b"[")?;
    for (i, element) in elements.into_iter().enumerate() {
        if i > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &element)?;
    }
    out.write_all(b"]")
}

/// Writes `"key":[…]`, with a comma before it unless it is the first of its object.
pub(super) fn column<T: Serialize>(
    out: &mut impl Write,
    is_first: bool,
    key: &str,
    elements: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    write!(out, "{}\"{key}\":", if is_first { "" } else { "," })?;
    list(out, elements)
}
