//! Source maps: from a place in generated code to the one it was written at.
//!
//! The format is ECMA-426's, revision 3. `oxc_sourcemap` decodes the mappings; what surrounds them (indexed maps, prefixes, where the
//! sources are) is done here, because it wants every source named and no section.

mod comment;
mod data_url;
mod location;
mod read;
#[cfg(test)]
mod tests;

pub use comment::source_map_url;
pub use data_url::{DataUrlError, decode_data_url};
pub use location::SourceLocation;
pub use read::SourceMapError;

use crate::position::V8Position;

/// The mappings of one generated file, indexed maps flattened.
///
/// A map counts lines as its generator did. esbuild 0.28 ends lines of its sources at U+2028 and U+2029, as V8 does, and writes neither
/// into its output; generators that split at `\n` alone do not. Code hardly ever has the two characters, so a map's lines are taken to
/// be V8's.
#[derive(Clone, Debug)]
pub struct SourceMap {
    /// Ascending by generated place; of several at one place, the last counts.
    segments: Vec<Segment>,
    sources: Vec<Source>,
    names: Vec<String>,
}

/// One of the files the code was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub location: SourceLocation,
    /// Its text, when the map brings it along.
    pub content: Option<String>,
    /// Whether the map says it is not the developer's own code (`ignoreList`).
    pub ignored: bool,
}

/// The place something was written at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    /// Index of the source in [`SourceMap::sources`].
    pub source: usize,
    /// Line and column in it, as V8 counts (1-based).
    pub position: V8Position,
    /// What the thing here was called, when the generator renamed it.
    pub name: Option<&'a str>,
}

/// A generated place (0-based) and where it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    line: u32,
    column: u32,
    from: Option<From>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct From {
    source: u32,
    line: u32,
    column: u32,
    name: Option<u32>,
}

impl SourceMap {
    /// Reads a map: JSON, maybe behind the `)]}'` line that keeps it from being run as a script.
    ///
    /// `base` is the path or URL its sources are relative to: that of the map file or, for a map inside its generated file (a data
    /// URL), of that file.
    pub fn parse(json: &[u8], base: &str) -> Result<Self, SourceMapError> {
        read::read(json, base)
    }

    /// Where the code at a generated place was written: by the last mapping at or before it on its line. None before the first one
    /// of a line, and where the map says the code is nobody's.
    pub fn original(&self, generated: V8Position) -> Option<Original<'_>> {
        let (line, column) = (generated.line.checked_sub(1)?, generated.column.checked_sub(1)?);
        let after = self.segments.partition_point(|segment| (segment.line, segment.column) <= (line, column));
        let segment = self.segments.get(after.checked_sub(1)?).filter(|segment| segment.line == line)?;
        let from = segment.from?;
        Some(Original {
            source: from.source as usize,
            position: V8Position { line: from.line.saturating_add(1), column: from.column.saturating_add(1) },
            name: from.name.and_then(|name| self.names.get(name as usize)).map(String::as_str),
        })
    }

    /// The sources, as [`Original::source`] counts them.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The text of a source, when the map brings it along.
    pub fn source_content(&self, source: usize) -> Option<&str> {
        self.sources.get(source)?.content.as_deref()
    }

    /// Number of generated places that have a mapping of their own.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether it maps nothing.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}
