//! One version of one open text.

use super::{Cancelled, Session};
use crate::lsp::{from_proto, to_proto};
use ide::{FileView, MeasuredFile, Running, Subject};
use source::anchor::Anchors;
use source::document::{Applied, Change, Document};
use source::functions::{Functions, functions};
use source::position::{ByteOffset, Encoding};
use source::routes::{Route, routes_with};
use source::syntax::Language;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tower_lsp::ls_types::{CodeLens, InlayHint, Uri};

/// One version of an open text, and what was found out about it. A change makes the next one.
#[derive(Debug)]
pub struct OpenText {
    /// As the editor names it.
    pub uri: Uri,
    /// The file; none for a text without (`untitled:`).
    pub path: Option<PathBuf>,
    /// The text.
    pub document: Document,
    superseded: AtomicBool,
    code: OnceLock<(Arc<Functions>, Arc<Vec<Route>>)>,
    anchors: Mutex<Option<(Arc<MeasuredFile>, Anchors)>>,
    view: Mutex<Option<(u64, Arc<Ready>)>>,
    /// One thread makes a view; others wait for it.
    making: Mutex<()>,
}

/// What is known of a text, and the answers that are asked for most often, which need no work any more then.
#[derive(Debug)]
pub struct Ready {
    /// All that is known.
    pub view: FileView,
    /// Hints by their place, in the order of the text.
    pub hints: Vec<(ByteOffset, InlayHint)>,
    /// Lenses.
    pub lenses: Vec<CodeLens>,
}

impl OpenText {
    /// A text that was opened; none when it is in no language that is measured.
    pub fn opened(uri: Uri, language_id: &str, version: i32, text: &str) -> Option<Self> {
        let path = from_proto::path(&uri);
        let language = Language::for_language_id(language_id).or_else(|| path.as_deref().and_then(Language::for_path))?;
        Some(Self::of(uri, path, Document::new(language, version, text), None))
    }

    /// The text after changes. What is known of measured places moves with them.
    pub fn changed(&self, version: i32, changes: &[Change], encoding: Encoding) -> (Self, usize) {
        let Applied { document, edits, adjusted } = self.document.apply(version, changes, encoding);
        let anchors =
            locked(&self.anchors).as_ref().map(|(measured, anchors)| (Arc::clone(measured), anchors.edited(&edits, document.text())));
        (Self::of(self.uri.clone(), self.path.clone(), document, anchors), adjusted)
    }

    /// The text, with measured places looked for anew: brings back what was cut and pasted.
    pub fn saved(&self) -> Self {
        Self::of(self.uri.clone(), self.path.clone(), self.document.clone(), None)
    }

    fn of(uri: Uri, path: Option<PathBuf>, document: Document, anchors: Option<(Arc<MeasuredFile>, Anchors)>) -> Self {
        Self {
            uri,
            path,
            document,
            superseded: AtomicBool::new(false),
            code: OnceLock::new(),
            anchors: Mutex::new(anchors),
            view: Mutex::new(None),
            making: Mutex::new(()),
        }
    }

    /// Whether there is a newer version, or the text was closed.
    pub fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Acquire)
    }

    pub(super) fn supersede(&self) {
        self.superseded.store(true, Ordering::Release);
    }

    /// The view of that state of the session, if it was made.
    pub fn ready_view(&self, generation: u64) -> Option<Arc<Ready>> {
        locked(&self.view).as_ref().filter(|(of, _)| *of == generation).map(|(_, view)| Arc::clone(view))
    }

    /// The view of today's state of the session. Slow when it was not made yet: reads files and walks the syntax tree. None when it
    /// was cancelled.
    pub fn view(&self, session: &Session, cancelled: &Cancelled) -> Option<Arc<Ready>> {
        let _making = locked(&self.making);
        let generation = session.generation();
        if let Some(view) = self.ready_view(generation) {
            return Some(view);
        }
        let (functions, routes) = self.code();
        if cancelled.is_set() {
            return None;
        }
        let mut subject = Subject {
            document: self.document.clone(),
            functions,
            routes,
            entry: None,
            starts: None,
            targets: Arc::default(),
            running: Vec::new(),
            measured: None,
        };
        if let Some(path) = &self.path
            && let Some(folder) = session.folder_of(path)
        {
            let role = folder.role_of(path, &self.document, &session.settings());
            (subject.entry, subject.starts) = (role.entry, role.starts);
            subject.targets = folder.targets();
            subject.running = running_in(session, folder.root());
            subject.measured = folder
                .shown()
                .and_then(|run| run.measured(folder.root(), path))
                .and_then(|measured| (!cancelled.is_set()).then(|| self.anchored(measured)));
        }
        if cancelled.is_set() {
            return None;
        }
        let ready = Arc::new(self.ready(session, FileView::new(subject)));
        *locked(&self.view) = Some((generation, Arc::clone(&ready)));
        Some(ready)
    }

    fn ready(&self, session: &Session, view: FileView) -> Ready {
        let (shown, encoding) = (&session.settings().shown, session.facts().encoding);
        let hints = ide::hints(&view, &shown.hints);
        let lenses = ide::lenses(&view, &shown.lenses, &shown.hints);
        Ready {
            hints: hints.iter().map(|hint| (hint.at, to_proto::hint(&self.document, encoding, hint))).collect(),
            lenses: lenses.iter().map(|lens| to_proto::lens(&self.document, encoding, &self.uri, lens)).collect(),
            view,
        }
    }

    fn code(&self) -> (Arc<Functions>, Arc<Vec<Route>>) {
        self.code
            .get_or_init(|| {
                let (syntax, text) = (self.document.syntax(), self.document.text());
                let functions = functions(syntax, text);
                let routes = routes_with(syntax, text, &functions);
                (Arc::new(functions), Arc::new(routes))
            })
            .clone()
    }

    /// Where the measured places are in this text: carried here by the changes, else found by comparing texts.
    fn anchored(&self, measured: Arc<MeasuredFile>) -> (Arc<MeasuredFile>, Anchors) {
        if let Some((of, anchors)) = locked(&self.anchors).as_ref()
            && Arc::ptr_eq(of, &measured)
        {
            return (measured, anchors.clone());
        }
        let anchors = Anchors::from_disk_diff(measured.document.text(), self.document.text(), &measured.marks());
        *locked(&self.anchors) = Some((Arc::clone(&measured), anchors.clone()));
        (measured, anchors)
    }
}

fn running_in(session: &Session, root: &std::path::Path) -> Vec<Running> {
    let running = session.running();
    running.into_iter().filter(|(folder, _)| folder == root).map(|(_, running)| running).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
