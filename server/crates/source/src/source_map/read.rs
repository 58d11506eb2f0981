//! A map's JSON into one list of segments.

use std::collections::HashMap;

use oxc_sourcemap::JSONSourceMap;
use serde::Deserialize;

use super::location::{SourceLocation, resolve};
use super::{From, Segment, Source, SourceMap};
use crate::position::saturate;

/// Why a source map cannot be used. Sections count from 0; of nested ones, the innermost is named.
#[derive(Debug, thiserror::Error)]
pub enum SourceMapError {
    /// Not JSON, or a field of the wrong type.
    #[error("the source map is not valid JSON of a source map: {0}")]
    Json(#[from] serde_json::Error),
    /// Not revision 3.
    #[error("the source map has version {found}; only version 3 is known")]
    Version {
        /// The `version` field as JSON, or "none".
        found: String,
    },
    /// Neither a plain nor an indexed map.
    #[error("the source map has neither `mappings` nor `sections`")]
    NoMappings,
    /// A byte in the mappings that is no base-64 digit, comma or semicolon.
    #[error("the mappings{} have {found:?} at offset {offset}, which no mapping has", in_section(.section))]
    Character {
        /// Where in an indexed map.
        section: Option<usize>,
        /// Bytes into the mappings.
        offset: usize,
        /// What is there.
        found: char,
    },
    /// A number in the mappings beyond 32 bits, or a place beyond 2^31.
    #[error("the mappings{} have a number out of range{}", in_section(.section), at_offset(.offset))]
    Range {
        /// Where in an indexed map.
        section: Option<usize>,
        /// Bytes into the mappings, when it is one number.
        offset: Option<usize>,
    },
    /// Truncated numbers, segments of a wrong length, indexes of sources and names that do not exist or are negative.
    #[error("the mappings{} are broken: {error}; generate the map again", in_section(.section))]
    Mappings {
        /// Where in an indexed map.
        section: Option<usize>,
        /// What the decoder says.
        error: oxc_sourcemap::Error,
    },
    /// Sections of an indexed map out of order.
    #[error("section {section} of the source map starts before the section in front of it")]
    SectionOrder {
        /// The later one.
        section: usize,
    },
    /// A section that has a `url` in place of a map: given up by the standard, and nothing here reads files.
    #[error("section {section} of the source map is another file ({url}); only sections with a `map` can be used")]
    SectionUrl {
        /// Which.
        section: usize,
        /// The other file.
        url: String,
    },
    /// A section without a map.
    #[error("section {section} of the source map has no `map`")]
    SectionWithoutMap {
        /// Which.
        section: usize,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    version: Option<serde_json::Value>,
    mappings: Option<String>,
    sections: Option<Vec<Section>>,
    source_root: Option<String>,
    #[serde(default)]
    sources: Vec<Option<String>>,
    sources_content: Option<Vec<Option<String>>>,
    #[serde(default)]
    names: Vec<String>,
    ignore_list: Option<Vec<usize>>,
    #[serde(rename = "x_google_ignoreList")]
    old_ignore_list: Option<Vec<usize>>,
}

#[derive(Deserialize)]
struct Section {
    offset: Place,
    map: Option<Box<Json>>,
    url: Option<String>,
}

/// A generated place, 0-based.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    line: u32,
    column: u32,
}

/// Beyond any real file, and the sum of two such fits 32 bits.
const MAX_PLACE: u32 = 1 << 31;

pub(super) fn read(json: &[u8], base: &str) -> Result<SourceMap, SourceMapError> {
    let json: Json = serde_json::from_slice(without_prefix(json))?;
    let mut map = SourceMap { segments: Vec::new(), sources: Vec::new(), names: Vec::new() };
    let everything = Part { section: None, start: Place { line: 0, column: 0 }, end: None };
    Reader { map: &mut map, base, known: HashMap::new() }.append(json, everything)?;
    // Stable: where several map one place, the generator's last is the last.
    map.segments.sort_by_key(|segment| (segment.line, segment.column));
    Ok(map)
}

/// The text behind a byte-order mark and a first line that starts with `)]}`.
fn without_prefix(json: &[u8]) -> &[u8] {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    if !json.starts_with(b")]}") {
        return json;
    }
    json.iter().position(|&byte| matches!(byte, b'\n' | b'\r')).map_or(&[], |end| &json[end..])
}

/// Part of the generated file a map speaks of.
#[derive(Clone, Copy)]
struct Part {
    section: Option<usize>,
    start: Place,
    end: Option<Place>,
}

struct Reader<'a> {
    map: &'a mut SourceMap,
    base: &'a str,
    /// Sections may share sources.
    known: HashMap<SourceLocation, u32>,
}

impl Reader<'_> {
    fn append(&mut self, json: Json, part: Part) -> Result<(), SourceMapError> {
        if json.version != Some(3.into()) {
            let found = json.version.map_or_else(|| "none".to_owned(), |version| version.to_string());
            return Err(SourceMapError::Version { found });
        }
        match (json.sections, &json.mappings) {
            (Some(sections), _) => self.append_sections(sections, part),
            (None, Some(_)) => self.append_mappings(Json { sections: None, ..json }, part),
            (None, None) => Err(SourceMapError::NoMappings),
        }
    }

    fn append_sections(&mut self, sections: Vec<Section>, part: Part) -> Result<(), SourceMapError> {
        let moved = |place: Place| shifted(place, part.start);
        let starts: Vec<_> = sections.iter().map(|section| moved(section.offset)).collect();
        for (n, section) in sections.into_iter().enumerate() {
            let range = SourceMapError::Range { section: Some(n), offset: None };
            let Some(start) = starts[n] else { return Err(range) };
            if n > 0 && starts[n - 1].is_some_and(|before| before > start) {
                return Err(SourceMapError::SectionOrder { section: n });
            }
            let end = match (starts.get(n + 1).copied().flatten(), part.end) {
                (Some(next), Some(end)) => Some(next.min(end)),
                (next, end) => next.or(end),
            };
            let json = match (section.map, section.url) {
                (Some(json), _) => json,
                (None, Some(url)) => return Err(SourceMapError::SectionUrl { section: n, url }),
                (None, None) => return Err(SourceMapError::SectionWithoutMap { section: n }),
            };
            // What is before a section's first mapping is nobody's, not the end of the section in front of it.
            self.map.segments.push(Segment { line: start.line, column: start.column, from: None });
            self.append(*json, Part { section: Some(n), start, end })?;
        }
        Ok(())
    }

    fn append_mappings(&mut self, json: Json, part: Part) -> Result<(), SourceMapError> {
        let section = part.section;
        let mappings = json.mappings.unwrap_or_default();
        check_numbers(&mappings, section)?;

        let ignored = json.ignore_list.or(json.old_ignore_list).unwrap_or_default();
        let mut contents = json.sources_content.unwrap_or_default();
        let mut indexes = Vec::with_capacity(json.sources.len());
        for (n, source) in json.sources.iter().enumerate() {
            let location = match source {
                Some(source) => resolve(self.base, json.source_root.as_deref(), source),
                None => SourceLocation::Unknown,
            };
            let content = contents.get_mut(n).and_then(Option::take);
            indexes.push(self.source_index(Source { location, content, ignored: ignored.contains(&n) }));
        }
        let first_name = saturate(self.map.names.len());

        // The decoder checks indexes by how many sources and names there are; it needs none of their texts.
        let decoded = oxc_sourcemap::SourceMap::from_json(JSONSourceMap {
            version: 3,
            file: None,
            mappings,
            source_root: None,
            sources: vec![String::new(); json.sources.len()],
            sources_content: None,
            names: vec![String::new(); json.names.len()],
            debug_id: None,
            ignore_list: None,
        })
        .map_err(|error| SourceMapError::Mappings { section, error })?;
        self.map.names.extend(json.names);

        for token in decoded.get_tokens() {
            let range = SourceMapError::Range { section, offset: None };
            // The decoder cuts sums at 32 bits. No number has more, so a sum is past 2^31 before one could be cut.
            if [token.get_src_line(), token.get_src_col(), token.get_dst_line(), token.get_dst_col()].iter().any(|&n| n >= MAX_PLACE) {
                return Err(range);
            }
            let place = Place { line: token.get_dst_line(), column: token.get_dst_col() };
            let Some(Place { line, column }) = shifted(place, part.start) else { return Err(range) };
            if part.end.is_some_and(|end| Place { line, column } >= end) {
                continue;
            }
            let from = token.get_source_id().and_then(|source| indexes.get(source as usize)).map(|&source| From {
                source,
                line: token.get_src_line(),
                column: token.get_src_col(),
                name: token.get_name_id().map(|name| name + first_name),
            });
            self.map.segments.push(Segment { line, column, from });
        }
        Ok(())
    }

    fn source_index(&mut self, source: Source) -> u32 {
        let sources = &mut self.map.sources;
        if let Some(&known) = self.known.get(&source.location)
            && sources[known as usize] == source
        {
            return known;
        }
        let index = saturate(sources.len());
        if source.location != SourceLocation::Unknown {
            self.known.insert(source.location.clone(), index);
        }
        sources.push(source);
        index
    }
}

/// A place in a section, counted in the whole file: only its first line starts behind something.
fn shifted(place: Place, start: Place) -> Option<Place> {
    let line = place.line.checked_add(start.line)?;
    let column = if place.line == 0 { place.column.checked_add(start.column)? } else { place.column };
    (line < MAX_PLACE && column < MAX_PLACE).then_some(Place { line, column })
}

/// The decoder reads any byte as a digit and cuts sums at 32 bits without a word, so both are looked for first.
fn check_numbers(mappings: &str, section: Option<usize>) -> Result<(), SourceMapError> {
    let mut digits = 0;
    for (offset, found) in mappings.char_indices() {
        let value = match found {
            'A'..='Z' => found as u32 - 'A' as u32,
            'a'..='z' => found as u32 - 'a' as u32 + 26,
            '0'..='9' => found as u32 - '0' as u32 + 52,
            '+' => 62,
            '/' => 63,
            ',' | ';' => {
                digits = 0;
                continue;
            }
            _ => return Err(SourceMapError::Character { section, offset, found }),
        };
        digits += 1;
        // Six digits of five bits and two more: a sign and 31 bits.
        if digits > 7 || digits == 7 && value >= 4 {
            return Err(SourceMapError::Range { section, offset: Some(offset) });
        }
        if value < 32 {
            digits = 0;
        }
    }
    Ok(())
}

fn in_section(section: &Option<usize>) -> String {
    section.map_or_else(String::new, |n| format!(" of section {n}"))
}

fn at_offset(offset: &Option<usize>) -> String {
    offset.map_or_else(String::new, |n| format!(" at offset {n}"))
}
