//! Start and end, folders, settings, watched files.

use crate::lsp::{ClientFacts, from_proto, to_proto};
use crate::session::Session;
use crate::session::folder::Folder;
use crate::session::settings::EditorSettings;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use tower_lsp::ls_types::*;

/// Files whose change changes what can be measured, and how.
const WATCHED: [&str; 5] = ["**/tickmark.json", "**/package.json", "**/.nvmrc", "**/.node-version", RUNS];

/// The last file of a run that is written, by whomever: the command line stores runs in the same place.
const RUNS: &str = "**/.tickmark/runs/*/run.json";

/// `initialize`: takes down what the editor says. No file is looked at.
pub fn initialize(session: &Arc<Session>, params: &InitializeParams) {
    session.set_facts(ClientFacts::of(&params.capabilities, params.initialization_options.as_ref()));
    session.set_editor(params.process_id);
    let mut roots: Vec<Uri> = params.workspace_folders.iter().flatten().map(|folder| folder.uri.clone()).collect();
    if roots.is_empty() {
        // Older editors have one root.
        #[expect(deprecated, reason = "older editors send nothing else")]
        roots.extend(params.root_uri.clone());
    }
    session.set_folders(roots.iter().filter_map(folder).collect());
    if let Some(options) = &params.initialization_options {
        apply(session, options.get("tickmark").unwrap_or(options), Vec::new());
    }
}

/// `initialized`: what takes time, in the background.
pub async fn initialized(session: &Arc<Session>) {
    let session = Arc::clone(session);
    tokio::spawn(async move {
        register(&session).await;
        pull_settings(&session).await;
        session.load_stored().await;
    });
}

/// `workspace/didChangeConfiguration`.
pub async fn did_change_configuration(session: &Arc<Session>, params: DidChangeConfigurationParams) {
    // Editors that answer questions send nothing of use here; others send all settings, or the section itself.
    if session.facts().configuration {
        let session = Arc::clone(session);
        tokio::spawn(async move {
            pull_settings(&session).await;
            session.results_changed();
        });
        return;
    }
    if params.settings.is_object() {
        apply(session, params.settings.get("tickmark").unwrap_or(&params.settings), Vec::new());
        session.results_changed();
    }
}

/// `workspace/didChangeWorkspaceFolders`.
pub async fn did_change_workspace_folders(session: &Arc<Session>, params: DidChangeWorkspaceFoldersParams) {
    let removed: Vec<_> = params.event.removed.iter().filter_map(|folder| from_proto::path(&folder.uri)).collect();
    let mut folders: Vec<Arc<Folder>> =
        session.folders().iter().filter(|folder| !removed.iter().any(|gone| gone == folder.root())).cloned().collect();
    let mut added = Vec::new();
    for new in params.event.added.iter().filter_map(|added| folder(&added.uri)) {
        // A file of it may have been opened before.
        let known = folders.iter().find(|known| known.root() == new.root()).cloned();
        let folder = known.unwrap_or_else(|| {
            folders.push(Arc::clone(&new));
            new
        });
        added.push(folder);
    }
    session.set_folders(folders);
    // Texts of a folder that is gone are in their own one now, which shows what is stored there.
    for path in session.texts().iter().filter_map(|text| text.path.as_deref()) {
        session.folder_of(path);
    }
    session.results_changed();
    session.look_for_runs();
    let session = Arc::clone(session);
    tokio::spawn(async move {
        pull_settings(&session).await;
        session.results_changed();
        for folder in added {
            session.load_stored_of(folder).await;
        }
    });
}

/// `workspace/didChangeWatchedFiles`.
pub async fn did_change_watched_files(session: &Arc<Session>, params: DidChangeWatchedFilesParams) {
    let changed: Vec<_> = params.changes.iter().filter_map(|change| from_proto::path(&change.uri)).collect();
    let (runs, changed): (Vec<_>, Vec<_>) = changed.into_iter().partition(|path| path.ends_with("run.json"));
    if !runs.is_empty() {
        session.look_for_runs();
    }
    if changed.is_empty() {
        return;
    }
    for folder in session.folders().iter() {
        if changed.iter().any(|path| path.starts_with(folder.root())) {
            folder.forget_package();
        }
    }
    session.results_changed();
}

fn folder(uri: &Uri) -> Option<Arc<Folder>> {
    from_proto::path(uri).map(|path| Arc::new(Folder::new(path)))
}

/// Asks for the settings of the session, and for those of each folder: they may differ where there are several.
async fn pull_settings(session: &Arc<Session>) {
    if !session.facts().configuration {
        return;
    }
    let item = |scope_uri| ConfigurationItem { scope_uri, section: Some("tickmark".to_owned()) };
    let folders = session.folders();
    let scoped: Vec<_> = folders.iter().filter_map(|folder| Some((folder, to_proto::file_uri(folder.root())?))).collect();
    let items = std::iter::once(item(None)).chain(scoped.iter().map(|(_, uri)| item(Some(uri.clone())))).collect();
    let answers = match session.client().configuration(items).await {
        Ok(answers) => answers,
        Err(error) => {
            tracing::warn!(%error, "the editor does not tell its settings");
            return;
        }
    };
    let general = answers.first().unwrap_or(&Value::Null);
    let mut problems = Vec::new();
    for (at, (folder, _)) in scoped.iter().enumerate() {
        let own = answers.get(at + 1).filter(|own| *own != general).map(EditorSettings::read);
        let (own, told) = own.unzip();
        folder.set_settings(own.map(|own| session.allowed(own)));
        problems.extend(told.into_iter().flatten());
    }
    apply(session, general, problems);
}

/// Takes the settings of the session, and tells what is wrong with them, and `more`, once.
fn apply(session: &Arc<Session>, section: &Value, more: Vec<String>) {
    let (settings, mut problems) = EditorSettings::read(section);
    session.set_settings(settings);
    problems.extend(more);
    let mut told = HashSet::new();
    for problem in problems.iter().filter(|problem| told.insert(problem.as_str())) {
        session.show(MessageType::WARNING, format!("Tickmark: {problem}"));
    }
}

/// Asks to be told of changes of files and settings.
async fn register(session: &Arc<Session>) {
    let facts = session.facts();
    let mut wanted = Vec::new();
    if facts.watches_files {
        let watchers: Vec<Value> = WATCHED.iter().map(|pattern| json!({ "globPattern": pattern })).collect();
        wanted.push(Registration {
            id: "tickmark/files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(json!({ "watchers": watchers })),
        });
    }
    if facts.registers_configuration {
        wanted.push(Registration {
            id: "tickmark/settings".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(json!({ "section": "tickmark" })),
        });
    }
    if wanted.is_empty() {
        return;
    }
    if let Err(error) = session.client().register_capability(wanted).await {
        tracing::warn!(%error, "the editor does not tell of changed files");
    }
}
