//! Source maps of the scripts of a profile.

use crate::scripts::{ScriptTexts, read_text};
use formats::read::Scripts;
use profile::remap::{Original, OriginalPositions};
use profile::{Category, Position, Profile, Source};
use source::document::Document;
use source::functions::{Functions, functions};
use source::position::V8Position;
use source::source_map::{SourceLocation, SourceMap, decode_data_url, source_map_url};
use source::syntax::Language;
use source::v8_lines::{ByteOrderMark, V8Lines};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The maps of a profile's scripts. Dependencies are shown as they are installed: their originals are rarely there.
pub(crate) struct Originals {
    maps: HashMap<String, SourceMap>,
    functions: RefCell<HashMap<String, Option<(Functions, V8Lines)>>>,
    /// Sentences about maps that could not be used.
    pub(crate) notes: Vec<String>,
}

impl Originals {
    /// Finds and reads the maps of a profile's own scripts.
    pub(crate) fn of(profile: &Profile, texts: &ScriptTexts) -> Self {
        let mut originals = Self { maps: HashMap::new(), functions: RefCell::default(), notes: Vec::new() };
        for source in &profile.sources {
            if Category::of_script(&source.url) != Category::App || originals.maps.contains_key(&source.url) {
                continue;
            }
            let Some(text) = texts.text(&source.url) else { continue };
            let Some(url) = source_map_url(&text) else { continue };
            match read_map(source, url) {
                Ok(map) if map.is_empty() => {}
                Ok(map) => {
                    originals.maps.insert(source.url.clone(), map);
                }
                Err(problem) => originals.notes.push(format!(
                    "The source map of {} cannot be used, so positions are those of the generated file: {problem}",
                    source.path.as_deref().unwrap_or(&source.url)
                )),
            }
        }
        originals
    }

    /// Whether there is nothing to map.
    pub(crate) fn is_empty(&self) -> bool {
        self.maps.is_empty()
    }
}

/// Reads a map from a data URL, or from the file next to its script.
fn read_map(script: &Source, url: &str) -> Result<SourceMap, String> {
    let script_path = script.path.as_deref().ok_or("the script is no file")?;
    if url.starts_with("data:") {
        let json = decode_data_url(url).map_err(|error| error.to_string())?;
        return SourceMap::parse(&json, script_path).map_err(|error| error.to_string());
    }
    if url.starts_with("http:") || url.starts_with("https:") {
        return Err(format!("it is at {url}, and nothing is fetched from the network"));
    }
    let named = formats::read::source_of_url(url).path.map_or_else(|| PathBuf::from(url), PathBuf::from);
    let path = Path::new(script_path).parent().unwrap_or(Path::new("/")).join(named);
    let json = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    SourceMap::parse(&json, &path.to_string_lossy()).map_err(|error| format!("{}: {error}", path.display()))
}

impl OriginalPositions for Originals {
    fn has_map(&self, generated: &Source) -> bool {
        self.maps.contains_key(&generated.url)
    }

    fn original(&self, generated: &Source, position: Position) -> Option<Original> {
        // Without a column the segment of a line cannot be chosen: in a bundle one line may hold many functions.
        if position.column == 0 {
            return None;
        }
        let map = self.maps.get(&generated.url)?;
        let original = map.original(V8Position { line: position.line, column: position.column })?;
        let location = &map.sources().get(original.source)?.location;
        let source = match location {
            SourceLocation::File(file) => Source { url: file.clone(), path: Some(file.clone()) },
            SourceLocation::Url(url) => {
                let path = location.project_path().and_then(|path| project_file(generated, path));
                Source { url: url.clone(), path }
            }
            SourceLocation::Unknown => return None,
        };
        let position = Position { line: original.position.line, column: original.position.column };
        Some(Original { source, position })
    }

    fn function_name(&self, original: &Original) -> Option<String> {
        let path = original.source.path.clone()?;
        let mut known = self.functions.borrow_mut();
        let (functions, lines) = known.entry(path).or_insert_with_key(|path| functions_of(Path::new(path))).as_ref()?;
        let offset = lines.to_byte(V8Position { line: original.position.line, column: original.position.column });
        Some(functions.by_v8_start(offset)?.name.clone())
    }
}

/// The file of a path that a bundler gives relative to its project: below the nearest folder upwards of the bundle that has it.
fn project_file(generated: &Source, path: &str) -> Option<String> {
    let bundle = PathBuf::from(generated.path.as_deref()?);
    bundle.ancestors().skip(1).map(|folder| folder.join(path)).find(|file| file.is_file()).map(|file| file.to_string_lossy().into_owned())
}

fn functions_of(path: &Path) -> Option<(Functions, V8Lines)> {
    let language = Language::for_path(path)?;
    let document = Document::new(language, 0, &read_text(path)?);
    let mark = ByteOrderMark::of_script(&path.to_string_lossy());
    Some((functions(document.syntax(), document.text()), document.v8_lines(mark)))
}
