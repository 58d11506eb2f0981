//! One version of one open text.

use super::lineage::{Code, Lineage, locked};
use super::{Cancelled, Session};
use crate::lsp::{from_proto, to_proto};
use ide::settings::Settings;
use ide::{FactsShown, FileView, MeasuredFile, Running, Subject};
use source::anchor::Anchors;
use source::document::{Applied, Change, Document};
use source::position::{ByteOffset, Encoding};
use source::syntax::Language;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
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
    /// The versions of this text, and which of them this is.
    lineage: Arc<Lineage>,
    number: u64,
    code: Arc<OnceLock<Code>>,
    anchors: Mutex<Option<(Arc<MeasuredFile>, Anchors)>>,
    analysed: Slot,
    carried: Slot,
}

/// The view of one state of the session.
#[derive(Debug, Default)]
struct Slot {
    view: Mutex<Option<(u64, Arc<Ready>)>>,
    /// One thread makes a view; others wait for it.
    making: Mutex<()>,
}

impl Slot {
    fn get(&self, generation: u64) -> Option<Arc<Ready>> {
        locked(&self.view).as_ref().filter(|(of, _)| *of == generation).map(|(_, view)| Arc::clone(view))
    }
}

/// What is known of a text, and the answers that are asked for most often, which need no work any more then.
#[derive(Debug)]
pub struct Ready {
    /// All that is known.
    pub view: FileView,
    shown: Arc<Settings>,
    encoding: Encoding,
    uri: Uri,
    hints: OnceLock<Vec<(ByteOffset, InlayHint)>>,
    lenses: OnceLock<Vec<CodeLens>>,
}

impl Ready {
    /// Hints by their place, in the order of the text.
    pub fn hints(&self) -> &[(ByteOffset, InlayHint)] {
        let hint = |hint: &ide::Hint| (hint.at, to_proto::hint(&self.view.subject.document, self.encoding, hint));
        self.hints.get_or_init(|| self.plain_hints().iter().map(hint).collect())
    }

    fn plain_hints(&self) -> Vec<ide::Hint> {
        ide::hints(&self.view, &self.shown.hints)
    }

    /// Lenses.
    pub fn lenses(&self) -> &[CodeLens] {
        let lens = |lens: &ide::Lens| to_proto::lens(&self.view.subject.document, self.encoding, &self.uri, lens);
        self.lenses.get_or_init(|| ide::lenses(&self.view, &self.shown.lenses, &self.shown.hints).iter().map(lens).collect())
    }
}

/// What was answered before the analysis of a text and reads differently after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outdated {
    /// Hints.
    pub hints: bool,
    /// Lenses.
    pub lenses: bool,
}

impl OpenText {
    /// A text that was opened; none when it is in no language that is measured.
    pub fn opened(uri: Uri, language_id: &str, version: i32, text: &str) -> Option<Self> {
        let path = from_proto::path(&uri);
        let language = Language::for_language_id(language_id).or_else(|| path.as_deref().and_then(Language::for_path))?;
        Some(Self {
            uri,
            path,
            document: Document::new(language, version, text),
            superseded: AtomicBool::new(false),
            lineage: Arc::default(),
            number: 0,
            code: Arc::default(),
            anchors: Mutex::default(),
            analysed: Slot::default(),
            carried: Slot::default(),
        })
    }

    /// The text after changes. What is known of measured places moves with them.
    pub fn changed(&self, version: i32, changes: &[Change], encoding: Encoding) -> (Self, usize) {
        let Applied { document, edits, adjusted } = self.document.apply(version, changes, encoding);
        let anchors =
            locked(&self.anchors).as_ref().map(|(measured, anchors)| (Arc::clone(measured), anchors.edited(&edits, document.text())));
        let (lineage, number) = match self.lineage.add(self.number, edits) {
            Some(number) => (Arc::clone(&self.lineage), number),
            None => Default::default(),
        };
        let text = Self {
            uri: self.uri.clone(),
            path: self.path.clone(),
            document,
            superseded: AtomicBool::new(false),
            lineage,
            number,
            code: Arc::default(),
            anchors: Mutex::new(anchors),
            analysed: Slot::default(),
            carried: Slot::default(),
        };
        (text, adjusted)
    }

    /// The text, with measured places looked for anew: brings back what was cut and pasted.
    pub fn saved(&self) -> Self {
        Self {
            uri: self.uri.clone(),
            path: self.path.clone(),
            document: self.document.clone(),
            superseded: AtomicBool::new(false),
            lineage: Arc::clone(&self.lineage),
            number: self.number,
            code: Arc::clone(&self.code),
            anchors: Mutex::default(),
            analysed: Slot::default(),
            carried: Slot::default(),
        }
    }

    /// Whether there is a newer version, or the text was closed.
    pub fn is_superseded(&self) -> bool {
        self.superseded.load(Ordering::Acquire)
    }

    pub(super) fn supersede(&self) {
        self.superseded.store(true, Ordering::Release);
    }

    /// Whether the analysis of this version need not begin: there is a newer one, and an analysis that is recent enough or under way.
    pub(super) fn may_be_passed_over(&self) -> bool {
        self.is_superseded() && (self.lineage.may_skip() || self.lineage.is_busy())
    }

    /// Whether nobody needs this version analysed any more.
    pub(super) fn is_outdated(&self) -> bool {
        self.is_superseded() && self.lineage.may_skip()
    }

    /// Whether questions can be answered before this version is analysed.
    pub(super) fn has_ancestor(&self) -> bool {
        self.lineage.is_known()
    }

    /// The view of that state of the session, if it was made.
    pub fn ready_view(&self, generation: u64) -> Option<Arc<Ready>> {
        self.analysed.get(generation)
    }

    /// As [`Self::ready_view`], of what was known before this version was analysed.
    pub(super) fn carried_view(&self, generation: u64) -> Option<Arc<Ready>> {
        self.analysed.get(generation).or_else(|| self.carried.get(generation))
    }

    /// What was answered from an earlier version's analysis and reads differently now that this one is analysed.
    pub(super) fn outdated(&self, generation: u64) -> Outdated {
        let (Some(before), Some(now)) = (self.carried.get(generation), self.analysed.get(generation)) else { return Outdated::default() };
        Outdated {
            hints: before.hints.get().is_some() && before.plain_hints() != now.plain_hints(),
            lenses: before.lenses.get().is_some_and(|before| before.as_slice() != now.lenses()),
        }
    }

    /// The view of today's state of the session. Slow when it was not made yet: reads files and walks the syntax tree. None when it
    /// was given up.
    pub fn view(&self, session: &Session, give_up: &dyn Fn() -> bool) -> Option<Arc<Ready>> {
        let _making = locked(&self.analysed.making);
        let generation = session.generation();
        if let Some(view) = self.analysed.get(generation) {
            return Some(view);
        }
        let code = self.code(give_up)?;
        self.make(session, &self.analysed, generation, code, give_up)
    }

    /// As [`Self::view`], from what an earlier version's analysis tells of this one; none when there is none.
    pub(super) fn view_carried(&self, session: &Session, cancelled: &Cancelled) -> Option<Arc<Ready>> {
        let _making = locked(&self.carried.making);
        let generation = session.generation();
        if let Some(view) = self.carried_view(generation) {
            return Some(view);
        }
        let code = match self.code.get() {
            Some(code) => code.clone(),
            None => self.lineage.carried(self.number, self.document.text())?,
        };
        self.make(session, &self.carried, generation, code, &|| cancelled.is_set())
    }

    fn make(&self, session: &Session, slot: &Slot, generation: u64, code: Code, give_up: &dyn Fn() -> bool) -> Option<Arc<Ready>> {
        let settings = session.settings_of(self.path.as_deref());
        let mut subject = Subject {
            document: self.document.clone(),
            functions: code.functions,
            routes: code.routes,
            entry: None,
            starts: None,
            targets: Arc::default(),
            benchmarks: Vec::new(),
            running: Vec::new(),
            facts: FactsShown::default(),
            measured: None,
            focus: None,
        };
        if let Some(path) = &self.path
            && let Some(folder) = session.folder_of(path)
        {
            let role = folder.role_of(path, code.listens, &settings);
            (subject.entry, subject.starts) = (role.entry, role.starts);
            subject.targets = folder.targets();
            subject.benchmarks = folder.benchmarks(path, &subject.routes);
            subject.running = running_in(session, folder.root());
            subject.facts = folder.facts_shown(path);
            let shown = folder.on_lines();
            subject.focus = shown.as_ref().and_then(|shown| shown.focus_in(path));
            subject.measured = shown
                .and_then(|shown| shown.measured(folder.root(), path))
                .and_then(|measured| (!give_up()).then(|| self.anchored(measured)));
        }
        if give_up() {
            return None;
        }
        let ready = Arc::new(Ready {
            view: FileView::new(subject),
            shown: Arc::clone(&settings.shown),
            encoding: session.facts().encoding,
            uri: self.uri.clone(),
            hints: OnceLock::new(),
            lenses: OnceLock::new(),
        });
        *locked(&slot.view) = Some((generation, Arc::clone(&ready)));
        Some(ready)
    }

    fn code(&self, give_up: &dyn Fn() -> bool) -> Option<Code> {
        if let Some(code) = self.code.get() {
            return Some(code.clone());
        }
        let _turn = self.lineage.turn();
        if let Some(code) = self.code.get() {
            return Some(code.clone());
        }
        let code = Code::of(self.document.text(), || self.document.syntax().clone(), give_up)?;
        self.lineage.adopt(self.number, &code);
        Some(self.code.get_or_init(|| code).clone())
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
