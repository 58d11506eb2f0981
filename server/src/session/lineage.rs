//! The versions of one open text: what was found in the newest one that was analysed, and the edits from there on. So a question about
//! a version that is still being analysed has an answer at once, in the places of that version.

use source::anchor::{AnchorState, Anchors, Marks};
use source::edit::TextEdit;
use source::functions::Functions;
use source::position::ByteRange;
use source::routes::Route;
use source::{Rope, functions::functions, routes::routes_with, syntax::Syntax};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// So many versions may go by without a finished analysis; then the next one is finished, though its version is outdated.
const MAX_BEHIND: usize = 32;

/// What was found in one version of a text.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its functions; none when its text was not analysed itself.
    pub functions: Option<Arc<Functions>>,
    /// Its routes.
    pub routes: Arc<Vec<Route>>,
    /// Whether the text starts a server by itself.
    pub listens: bool,
    /// The places of the routes.
    places: Anchors,
}

impl Code {
    /// Analyses a text; none when it was given up. Slow.
    pub fn of(text: &Rope, syntax: impl FnOnce() -> Syntax, give_up: &dyn Fn() -> bool) -> Option<Self> {
        let go_on = || (!give_up()).then_some(());
        go_on()?;
        let syntax = syntax();
        go_on()?;
        let functions = functions(&syntax, text);
        go_on()?;
        let routes = routes_with(&syntax, text, &functions);
        let places = routes.iter().flat_map(|route| [Some(route.range), route.handler]).flatten().collect();
        let places = Anchors::new(text, &Marks { functions: places, ..Marks::default() });
        Some(Self { functions: Some(Arc::new(functions)), routes: Arc::new(routes), listens: listens(text), places })
    }

    /// The same in `text`, to which `edits` lead.
    fn carried(&self, edits: &[TextEdit], text: &Rope) -> Self {
        let places = self.places.edited(edits, text);
        let now = |range: ByteRange| places.function(range).filter(|place| place.state != AnchorState::Gone).map(|place| place.range);
        let moved = |route: &Route| Some(Route { range: now(route.range)?, handler: route.handler.and_then(now), ..route.clone() });
        let routes = Arc::new(self.routes.iter().filter_map(moved).collect());
        Self { functions: None, routes, listens: self.listens, places }
    }
}

/// Whether a text starts a server by itself.
pub fn listens(text: &Rope) -> bool {
    let text = text.to_string();
    text.contains(".listen(") || (text.contains("@hono/node-server") && text.contains("serve("))
}

/// The versions of one text, numbered as they came.
#[derive(Debug, Default)]
pub struct Lineage {
    versions: Mutex<Versions>,
    /// One version is analysed at a time.
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct Versions {
    /// The newest version that was analysed.
    analysed: Option<(u64, Code)>,
    /// The version that `edits` begins at.
    first: u64,
    /// What led from each version to the next.
    edits: Vec<Vec<TextEdit>>,
}

impl Lineage {
    /// Takes down what leads from version `from` to the next one; gives the number of that. None when a next one is known already.
    pub fn add(&self, from: u64, edits: Vec<TextEdit>) -> Option<u64> {
        let mut versions = locked(&self.versions);
        if versions.first + versions.edits.len() as u64 != from {
            return None;
        }
        versions.edits.push(edits);
        Some(from + 1)
    }

    /// Takes down what was found in a version.
    pub fn adopt(&self, version: u64, code: &Code) {
        let mut versions = locked(&self.versions);
        if versions.analysed.as_ref().is_none_or(|(newest, _)| *newest < version) && versions.first <= version {
            let passed = usize::try_from(version - versions.first).unwrap_or(usize::MAX).min(versions.edits.len());
            versions.edits.drain(..passed);
            versions.first = version;
            versions.analysed = Some((version, code.clone()));
        }
    }

    /// What is known of a version from the newest one before it that was analysed.
    pub fn carried(&self, version: u64, text: &Rope) -> Option<Code> {
        let (code, edits) = {
            let versions = locked(&self.versions);
            let (analysed, code) = versions.analysed.as_ref().filter(|(analysed, _)| *analysed <= version)?;
            let behind = usize::try_from(version - analysed).ok()?;
            (code.clone(), versions.edits.get(..behind)?.concat())
        };
        Some(code.carried(&edits, text))
    }

    /// Whether something is known of every version from now on.
    pub fn is_known(&self) -> bool {
        locked(&self.versions).analysed.is_some()
    }

    /// Whether an outdated version need not be analysed.
    pub fn may_skip(&self) -> bool {
        let versions = locked(&self.versions);
        versions.analysed.is_some() && versions.edits.len() < MAX_BEHIND
    }

    /// Whether a version is being analysed now.
    pub fn is_busy(&self) -> bool {
        matches!(self.turn.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// Waits for the turn to analyse.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        locked(&self.turn)
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use source::document::{Change, Document};
    use source::position::{Encoding, LspPosition};
    use source::syntax::Language;

    const TEXT: &str = "const app = require('express')();\napp.get('/a', (q, s) => s.end());\napp.listen(0);\n";

    fn analyse(document: &Document) -> Code {
        Code::of(document.text(), || document.syntax().clone(), &|| false).unwrap()
    }

    /// `text of the range` of every route.
    fn routes(code: &Code, text: &Rope) -> Vec<String> {
        let shown = |route: &Route| format!("{} {}", route.path, text.byte_slice(route.range.start.0..route.range.end.0));
        code.routes.iter().map(shown).collect()
    }

    #[test]
    fn routes_are_carried_to_versions_that_were_not_analysed() {
        let lineage = Lineage::default();
        let mut document = Document::new(Language::JavaScript, 1, TEXT);
        assert!(lineage.carried(0, document.text()).is_none());
        lineage.adopt(0, &analyse(&document));
        for n in 0..5 {
            let at = LspPosition { line: 0, character: 0 };
            let applied = document.apply(2, &[Change { range: Some((at, at)), text: "// x\n".to_owned() }], Encoding::Utf16);
            document = applied.document;
            assert_eq!(lineage.add(n, applied.edits), Some(n + 1));
            let carried = lineage.carried(n + 1, document.text()).unwrap();
            assert_eq!(routes(&carried, document.text()), ["/a get('/a'"]);
            if n == 2 {
                lineage.adopt(n + 1, &analyse(&document));
            }
        }
        // Version 1 is older than what is known; a second way on from version 1 is another text.
        assert!(lineage.carried(1, document.text()).is_none());
        assert_eq!(lineage.add(1, Vec::new()), None);
    }

    #[test]
    fn a_route_that_was_removed_is_not_carried() {
        let lineage = Lineage::default();
        let document = Document::new(Language::JavaScript, 1, TEXT);
        lineage.adopt(0, &analyse(&document));
        let (start, end) = (LspPosition { line: 1, character: 0 }, LspPosition { line: 2, character: 0 });
        let applied = document.apply(2, &[Change { range: Some((start, end)), text: String::new() }], Encoding::Utf16);
        lineage.add(0, applied.edits);
        assert_eq!(routes(&lineage.carried(1, applied.document.text()).unwrap(), applied.document.text()), [""; 0]);
    }

    #[test]
    fn a_text_given_up_is_nothing() {
        let document = Document::new(Language::JavaScript, 1, TEXT);
        assert!(Code::of(document.text(), || document.syntax().clone(), &|| true).is_none());
    }
}
