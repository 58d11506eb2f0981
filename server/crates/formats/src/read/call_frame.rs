//! The `callFrame` of the inspector's protocol, which CPU and heap profiles share.

use super::source_of_url;
use profile::{Category, Frame, Location, Position, ProfileBuilder, Tier};

/// A distinct `callFrame`. `line` and `column` are 0-based, -1 when there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RawFrame {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) line: i64,
    pub(super) column: i64,
    /// Whether the frame belongs to a script at all, be it one with no URL.
    pub(super) has_script: bool,
}

impl RawFrame {
    /// WebAssembly has byte offsets for columns, and no lines.
    pub(super) fn is_wasm(&self) -> bool {
        self.url.starts_with("wasm:")
    }

    /// Where the function of a script is, without a position within it; and where it begins.
    pub(super) fn of_script(&self, builder: &mut ProfileBuilder) -> (Location, Option<Position>) {
        let category = if self.is_wasm() { Category::Native } else { Category::of_script(&self.url) };
        let one_based = |number: i64| u32::try_from(number.saturating_add(1).max(0)).unwrap_or(u32::MAX);
        let start = (self.line >= 0 && !self.is_wasm()).then(|| Position { line: one_based(self.line), column: one_based(self.column) });
        let source = Some(builder.source(source_of_url(&self.url)));
        let frame = builder.frame(Frame { name: self.name.clone(), source, start, category });
        (Location { frame, source, position: None, tier: Tier::Unknown, inlined: false }, start)
    }
}
