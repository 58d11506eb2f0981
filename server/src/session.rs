//! What the server knows: the one home of state. Everything below it is a pure function or a process.

pub mod benchmarks;
pub mod focus;
pub mod folder;
mod foreseen;
pub mod launches;
pub mod lineage;
pub mod loaded;
pub mod models;
mod pages;
mod publishing;
mod results;
pub mod settings;
pub mod shown;
mod switches;
pub mod text;
mod verifying;

use crate::lsp::ClientFacts;
use dashmap::DashMap;
use folder::Folder;
use foreseen::Foreseen;
use launches::Launch;
use models::Models;
use pages::Pages;
use settings::EditorSettings;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use text::{OpenText, Ready};
use tokio::sync::watch;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types::{MessageType, Uri};
use tower_lsp::{Client, jsonrpc};

/// How often it is looked whether the editor is still there.
const EDITOR_CHECK: Duration = Duration::from_secs(3);

/// One editor's session.
pub struct Session {
    client: Client,
    facts: OnceLock<ClientFacts>,
    texts: DashMap<Uri, Arc<OpenText>>,
    folders: Shared<Vec<Arc<Folder>>>,
    settings: Shared<EditorSettings>,
    models: Models,
    /// Raised by everything but a text that a view depends on.
    generation: AtomicU64,
    launches: DashMap<String, Launch>,
    next_launch: AtomicU64,
    /// Whether a measurement is going on: two at a time would measure one another.
    measuring: AtomicBool,
    foreseen: Foreseen,
    /// Diagnostics are sent one after the other, each from the newest text.
    publishing: tokio::sync::Mutex<()>,
    /// Texts of which the editor shows diagnostics.
    published: DashMap<Uri, ()>,
    pages: Pages,
    exited: watch::Sender<bool>,
    /// The process that started the server, as it says.
    editor: watch::Sender<Option<u32>>,
    shut_down: AtomicBool,
}

impl Session {
    /// A session with that editor.
    pub fn new(client: Client) -> Arc<Self> {
        Arc::new(Self {
            client,
            facts: OnceLock::new(),
            texts: DashMap::new(),
            folders: Shared::default(),
            settings: Shared::default(),
            models: Models::default(),
            generation: AtomicU64::new(1),
            launches: DashMap::new(),
            next_launch: AtomicU64::new(1),
            measuring: AtomicBool::new(false),
            foreseen: Foreseen::default(),
            publishing: tokio::sync::Mutex::new(()),
            published: DashMap::new(),
            pages: Pages::default(),
            exited: watch::Sender::new(false),
            editor: watch::Sender::new(None),
            shut_down: AtomicBool::new(false),
        })
    }

    /// The editor.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What the editor can do; the least before `initialize`.
    pub fn facts(&self) -> ClientFacts {
        self.facts.get().cloned().unwrap_or_default()
    }

    pub(crate) fn set_facts(&self, facts: ClientFacts) {
        // A second `initialize` is refused before it comes here.
        let _ = self.facts.set(facts);
    }

    /// The settings of the editor.
    pub fn settings(&self) -> Arc<EditorSettings> {
        self.settings.get()
    }

    /// The settings that hold for a file: those of its folder, where it has its own.
    pub fn settings_of(&self, path: Option<&Path>) -> Arc<EditorSettings> {
        let own = path.and_then(|path| self.folder_of(path)).and_then(|folder| folder.settings());
        own.unwrap_or_else(|| self.settings())
    }

    pub(crate) fn set_settings(&self, settings: EditorSettings) {
        self.settings.set(self.allowed(settings));
        self.touch();
    }

    /// The settings without the lenses and actions that measure, where nothing may run.
    pub(crate) fn allowed(&self, mut settings: EditorSettings) -> EditorSettings {
        if self.facts().restricted {
            let lenses = &mut Arc::make_mut(&mut settings.shown).lenses;
            (lenses.routes, lenses.entry, lenses.explain) = (false, false, false);
        }
        settings
    }

    /// The workspace's folders.
    pub fn folders(&self) -> Arc<Vec<Arc<Folder>>> {
        self.folders.get()
    }

    pub(crate) fn set_folders(&self, folders: Vec<Arc<Folder>>) {
        folders.iter().for_each(|folder| self.restrict(folder));
        self.folders.set(folders);
        self.touch();
    }

    /// The innermost workspace folder that holds a file; for a file outside of all, its own folder.
    pub fn folder_of(&self, path: &Path) -> Option<Arc<Folder>> {
        let folders = self.folders.get();
        let holds = |folder: &&Arc<Folder>| path.starts_with(folder.root());
        if let Some(folder) = folders.iter().filter(holds).max_by_key(|folder| folder.root().as_os_str().len()) {
            return Some(Arc::clone(folder));
        }
        // No folder is open, or the file is elsewhere: its package is its workspace. Kept, so that its results are found again.
        let root = path.ancestors().skip(1).find(|folder| folder.join("package.json").is_file()).or(path.parent())?;
        let folder = Arc::new(Folder::new(root.to_owned()));
        Some(self.known_or(root, folder))
    }

    /// Keeps git from being started in a folder that is not trusted: a repository can name programs for it to run.
    fn restrict(&self, folder: &Folder) {
        if self.facts().restricted {
            folder.restrict();
        }
    }

    fn known_or(&self, root: &Path, folder: Arc<Folder>) -> Arc<Folder> {
        self.restrict(&folder);
        self.folders.update(|folders| match folders.iter().find(|other| other.root() == root) {
            Some(known) => Arc::clone(known),
            None => {
                folders.push(Arc::clone(&folder));
                folder
            }
        })
    }

    /// What views have open.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// The newest snapshot of an open text. To be called before the first `.await` of a handler.
    pub fn text(&self, uri: &Uri) -> Option<Arc<OpenText>> {
        self.texts.get(uri).map(|text| Arc::clone(&text))
    }

    /// The newest snapshots of all open texts.
    pub fn texts(&self) -> Vec<Arc<OpenText>> {
        self.texts.iter().map(|text| Arc::clone(&text)).collect()
    }

    pub(crate) fn put_text(&self, text: Arc<OpenText>) {
        if let Some(old) = self.texts.insert(text.uri.clone(), text) {
            old.supersede();
        }
    }

    pub(crate) fn remove_text(&self, uri: &Uri) -> bool {
        self.texts.remove(uri).map(|(_, old)| old.supersede()).is_some()
    }

    /// What is known of a text: at once if it was made already, else by a thread for such work. None when the text is closed or the
    /// session changed so often meanwhile that it was given up.
    ///
    /// # Errors
    /// When making it panicked.
    pub async fn view(self: &Arc<Self>, text: &Arc<OpenText>) -> jsonrpc::Result<Arc<Ready>> {
        if let Some(view) = text.ready_view(self.generation()) {
            return Ok(view);
        }
        let (session, text) = (Arc::clone(self), Arc::clone(text));
        blocking(move |cancelled| text.view(&session, &|| cancelled.is_set())).await?.ok_or_else(Error::content_modified)
    }

    /// As [`Self::view`], without waiting for the analysis of a text that was just changed: its places are those of this version, its
    /// routes may be those of an earlier one. The editor is asked to ask anew when that makes a difference.
    ///
    /// # Errors
    /// When making it panicked.
    pub async fn view_now(self: &Arc<Self>, text: &Arc<OpenText>) -> jsonrpc::Result<Arc<Ready>> {
        if let Some(view) = text.carried_view(self.generation()) {
            return Ok(view);
        }
        let carried = {
            let (session, text) = (Arc::clone(self), Arc::clone(text));
            blocking(move |cancelled| text.view_carried(&session, cancelled)).await?
        };
        match carried {
            Some(view) => Ok(view),
            None => self.view(text).await,
        }
    }

    /// Number of the state that views are made from.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Says that views must be made anew.
    pub(crate) fn touch(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Writes to the editor's log, without waiting for it.
    pub fn log_error(&self, message: String) {
        tracing::error!("{message}");
        self.log(MessageType::ERROR, message);
    }

    pub(crate) fn log(&self, kind: MessageType, message: String) {
        if tokio::runtime::Handle::try_current().is_ok() {
            let client = self.client.clone();
            tokio::spawn(async move { client.log_message(kind, message).await });
        }
    }

    /// Shows a message to the user, without waiting for it.
    pub(crate) fn show(&self, kind: MessageType, message: String) {
        let client = self.client.clone();
        tokio::spawn(async move { client.show_message(kind, message).await });
    }

    pub(crate) fn shutdown(&self) {
        self.shut_down.store(true, Ordering::Release);
    }

    pub(crate) fn exit(&self) {
        self.exited.send_replace(true);
    }

    /// Waits until the editor says `exit`.
    pub(crate) async fn exited(&self) {
        let mut receiver = self.exited.subscribe();
        // The sender lives as long as `self`.
        let _ = receiver.wait_for(|exited| *exited).await;
    }

    pub(crate) fn set_editor(&self, process: Option<u32>) {
        self.editor.send_replace(process);
    }

    /// Waits until the process that `initialize` named is gone: its end of our input may be held open by another one. For ever where
    /// it named none, or where that cannot be told.
    pub(crate) async fn editor_gone(&self) {
        let mut receiver = self.editor.subscribe();
        // The sender lives as long as `self`.
        let process = match receiver.wait_for(Option::is_some).await {
            Ok(process) => *process,
            Err(_) => None,
        };
        let Some(process) = process.filter(|process| is_alive(*process)) else { return std::future::pending().await };
        while is_alive(process) {
            tokio::time::sleep(EDITOR_CHECK).await;
        }
        tracing::info!(process, "the editor is gone");
    }

    /// Whether the editor did not say `exit` before `shutdown`. An editor that vanished could not say anything.
    pub fn ended_in_order(&self) -> bool {
        self.shut_down.load(Ordering::Acquire) || !*self.exited.borrow()
    }
}

/// Runs CPU-bound work or file access on a thread for it. The work is told when nobody waits for it any more.
///
/// # Errors
/// When it panicked.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce(&Cancelled) -> T + Send + 'static) -> jsonrpc::Result<T> {
    let cancelled = Cancelled::default();
    let guard = CancelOnDrop(cancelled.clone());
    let result = tokio::task::spawn_blocking(move || work(&cancelled)).await;
    drop(guard);
    result.map_err(|error| {
        let text = match error.try_into_panic() {
            Ok(panic) => crate::lsp::panic_text(panic.as_ref()).to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::error!(panic = text, "work in the background panicked");
        let message = format!("a defect of Tickmark: {text}. Please report it; the server goes on.").into();
        Error { code: ErrorCode::InternalError, message, data: None }
    })
}

/// Tells work that nobody waits for it any more.
#[derive(Clone, Debug, Default)]
pub struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    /// Whether it may end without a result.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct CancelOnDrop(Cancelled);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// A value that is replaced as a whole and read without waiting.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(RwLock<Arc<T>>);

impl<T> Shared<T> {
    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T: Clone> Shared<T> {
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(Arc::make_mut(&mut self.0.write().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A path relative to a folder with forward slashes; none outside of it.
pub fn relative(root: &Path, path: &Path) -> Option<String> {
    let parts: Vec<_> = path.strip_prefix(root).ok()?.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// Whether a process is there; a zombie is not. A process that is not there to begin with is one of another namespace (a container).
#[cfg(target_os = "linux")]
fn is_alive(process: u32) -> bool {
    // See proc_pid_stat(5): the state follows the name, which is in parentheses and may hold some.
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with(['Z', 'X']))
}

/// Not told here: then the end of the input alone ends the server.
#[cfg(not(target_os = "linux"))]
fn is_alive(_: u32) -> bool {
    false
}

/// A path without symbolic links; itself where that cannot be told.
pub(crate) fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
