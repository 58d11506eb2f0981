//! What the source lines of a folder show.

use super::loaded::{Loaded, MeasuredText};
use crate::lsp::ext::views::Focus;
use dashmap::DashMap;
use ide::{MeasuredFile, RunResults};
use profile::FrameId;
use profile::index::ProfileIndex;
use source::document::Document;
use source::syntax::Language;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A profile as the source lines show it: the whole, or the part below one function.
#[derive(Debug)]
pub struct Shown {
    /// The whole.
    pub source: Loaded,
    /// What is shown of it.
    pub results: Arc<RunResults>,
    focus: Option<(Arc<ide::Focus>, Focus)>,
    files: DashMap<PathBuf, Option<Arc<MeasuredFile>>>,
}

impl Shown {
    /// All of a profile.
    pub fn whole(source: Loaded) -> Self {
        Self { results: Arc::clone(source.results()), source, focus: None, files: DashMap::new() }
    }

    /// The stacks through one function of it, as `focus` describes it.
    pub fn focused(source: Loaded, frame: FrameId, focus: Focus) -> Self {
        let whole = source.results();
        let below = profile::focus(whole.index.profile(), frame);
        let results = Arc::new(RunResults::new(Arc::clone(&whole.figures), Arc::new(ProfileIndex::new(below))));
        let label = Arc::new(ide::Focus { label: focus.label.clone(), share: focus.share_percent / 100.0 });
        Self { source, results, focus: Some((label, focus)), files: DashMap::new() }
    }

    /// The function that shares are of; none: of everything.
    pub fn focus(&self) -> Option<&Focus> {
        self.focus.as_ref().map(|(_, focus)| focus)
    }

    /// The same as a text shows it, be nothing of the text below that function; none in texts that no stack passes through.
    pub fn focus_in(&self, path: &Path) -> Option<Arc<ide::Focus>> {
        let (label, _) = self.focus.as_ref()?;
        let has_percentages = self.source.path_of(path).is_some_and(|path| self.source.results().has_costs_of(&path));
        has_percentages.then(|| Arc::clone(label))
    }

    /// What was measured in a file of the workspace folder at `root`; none when nothing was, or the text that was measured is not
    /// known. Reads files the first time.
    pub fn measured(&self, root: &Path, path: &Path) -> Option<Arc<MeasuredFile>> {
        if let Some(found) = self.files.get(path) {
            return found.clone();
        }
        let found = self.read_measured(root, path).map(Arc::new);
        self.files.insert(path.to_owned(), found.clone());
        found
    }

    fn read_measured(&self, root: &Path, path: &Path) -> Option<MeasuredFile> {
        let measured_path = self.source.path_of(path)?;
        let MeasuredText { text, written_since } = self.source.text(root, path)?;
        let document = Document::new(Language::for_path(path)?, 0, &text);
        let measured = MeasuredFile::new(Arc::clone(&self.results), &measured_path, &document)?;
        Some(if written_since { measured.written_since() } else { measured })
    }
}
