//! `workspace/executeCommand`.

use super::refused;
use crate::lsp::ext::runs::LabelParams;
use crate::lsp::ext::{
    BaselineArguments, Command, FlamegraphArguments, HotspotsArguments, Launched, ProfileEntryArguments, ProfileRouteArguments,
    RunArguments, ToggleFactsArguments,
};
use crate::lsp::{from_proto, to_proto};
use crate::session::folder::Folder;
use crate::session::launches::{Order, Work, relative_entry};
use crate::session::lineage::listens;
use crate::session::loaded::Loaded;
use crate::session::{Session, blocking};
use ide::{FactsCategory, FactsScope};
use runs::config::keep_params;
use runs::{Config, Instruments, RunError, Target, plan_of_route};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use source::position::Encoding;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

/// Hot functions that [`Command::Hotspots`] answers.
const HOTSPOTS: usize = 50;
/// Those of them in its message.
const SHOWN_HOTSPOTS: usize = 5;

/// `workspace/executeCommand`. A run is launched and not awaited.
///
/// # Errors
/// When the command or its arguments make no sense, or it cannot be done now.
pub async fn execute(session: &Arc<Session>, params: ExecuteCommandParams) -> Result<Option<Value>> {
    let Some(command) = Command::by_name(&params.command) else {
        return Err(Error::invalid_params(format!("there is no command {:?}", params.command)));
    };
    let token = params.work_done_progress_params.work_done_token;
    match command {
        Command::ProfileRoute | Command::ExplainRoute | Command::BenchmarkRoute | Command::VerifyBaseline => {
            let arguments: ProfileRouteArguments = argument(command, &params.arguments)?;
            let route = Route { method: arguments.method.to_ascii_uppercase(), path: arguments.path, params: arguments.params };
            launch(session, arguments.uri, Some(route), arguments.entry, asked(command), token).await
        }
        Command::SetBaseline => {
            let BaselineArguments { run_id } = argument(command, &params.arguments)?;
            let label = super::runs::label(session, LabelParams { run_id, name: None, pinned: Some(true) }).await?;
            serde_json::to_value(label).map(Some).map_err(|_| Error::internal_error())
        }
        Command::ProfileEntry | Command::ExplainEntry => {
            let arguments: ProfileEntryArguments = argument(command, &params.arguments)?;
            launch(session, arguments.uri, None, arguments.entry, asked(command), token).await
        }
        Command::ToggleFacts => toggle_facts(session, argument(command, &params.arguments)?).await,
        Command::StopRun => {
            let arguments: RunArguments = optional(command, &params.arguments)?;
            Ok(Some(json!({ "stopped": session.stop_runs(arguments.run_id.as_deref()) })))
        }
        Command::ClearResults => {
            let cleared = session.folders().iter().filter(|folder| folder.clear()).count();
            if cleared > 0 {
                session.results_changed();
            }
            Ok(None)
        }
        Command::ShowFlamegraph => show_flamegraph(session, optional(command, &params.arguments)?).await,
        Command::Hotspots => hotspots(session, optional(command, &params.arguments)?).await,
        Command::ClearFocus => {
            if session.clear_focus() {
                session.results_changed();
            }
            Ok(None)
        }
    }
}

fn argument<T: DeserializeOwned>(command: Command, arguments: &[Value]) -> Result<T> {
    let first = arguments.first().cloned().unwrap_or(Value::Null);
    serde_json::from_value(first).map_err(|error| Error::invalid_params(format!("{} wants one object: {error}", command.name())))
}

fn optional<T: DeserializeOwned + Default>(command: Command, arguments: &[Value]) -> Result<T> {
    match arguments.first() {
        None | Some(Value::Null) => Ok(T::default()),
        Some(_) => argument(command, arguments),
    }
}

/// What a command finds out.
#[derive(Clone, Copy)]
enum Asked {
    Run(Instruments),
    Verification,
}

fn asked(command: Command) -> Asked {
    match command {
        Command::ExplainRoute | Command::ExplainEntry => Asked::Run(Instruments::Explain),
        Command::BenchmarkRoute => Asked::Run(Instruments::Load),
        Command::VerifyBaseline => Asked::Verification,
        _ => Asked::Run(Instruments::Profile),
    }
}

/// A route to be measured.
struct Route {
    method: String,
    path: String,
    /// Values of its parameters that are to be kept.
    params: BTreeMap<String, String>,
}

async fn launch(
    session: &Arc<Session>,
    uri: Uri,
    route: Option<Route>,
    entry: Option<String>,
    asked: Asked,
    token: Option<ProgressToken>,
) -> Result<Option<Value>> {
    session.may_run().map_err(refused)?;
    let path = from_proto::path(&uri)
        .ok_or_else(|| Error::invalid_params(format!("{} is no file on disk: save it, then measure it", uri.as_str())))?;
    let folder = session.folder_of(&path).ok_or_else(|| Error::invalid_params(format!("{} is in no folder", path.display())))?;
    let (settings, text) = (session.settings_of(Some(&path)), session.text(&uri));
    let prepared = blocking({
        let folder = Arc::clone(&folder);
        move |_| {
            if let Some(Route { method, path, params }) = route.as_ref().filter(|route| !route.params.is_empty()) {
                keep_params(folder.root(), &format!("{method} {path}"), params).map_err(|error| refused(error.to_string()))?;
                folder.forget_package();
            }
            folder.forget_missing();
            let config = folder.config(&settings).map_err(refused)?;
            let entry = match (entry, &route) {
                (Some(entry), _) => folder.root().join(entry),
                (None, None) => path.clone(),
                (None, Some(_)) => {
                    let text = match text {
                        Some(text) => text.document.text().clone(),
                        None => {
                            let text = std::fs::read_to_string(&path)
                                .map_err(|error| refused(format!("cannot read {}: {error}", path.display())))?;
                            source::Rope::from_str(&text)
                        }
                    };
                    let starts = folder.role_of(&path, listens(&text), &settings).starts;
                    starts.map_or_else(|| path.clone(), |entry| folder.root().join(entry))
                }
            };
            let (target, config) = prepare(&folder, &entry, config, route).map_err(refused)?;
            if let Target::Route { method, path, .. } = &target {
                plan_of_route(&target.to_string(), method, path, &config).map_err(without_request)?;
            }
            let work = match asked {
                Asked::Run(instruments) => Work::Run(instruments),
                Asked::Verification => {
                    if folder.listing().map_err(refused)?.baseline(&target, Instruments::Load).is_none() {
                        return Err(refused(RunError::NoBaseline(target.to_string()).to_string()));
                    }
                    Work::Verify
                }
            };
            Ok::<_, Error>((target, work, config))
        }
    })
    .await?;
    let (target, work, config) = prepared?;
    let run_id = session.launch(Order { folder, target, work, config, token }).map_err(refused)?;
    serde_json::to_value(Launched { run_id }).map(Some).map_err(|_| Error::internal_error())
}

/// Why a route makes no request; what the user can be asked for is named.
fn without_request(error: RunError) -> Error {
    let data = match &error {
        RunError::MissingSample { route, missing, .. } => Some(json!({ "kind": "routeParameters", "route": route, "names": missing })),
        _ => None,
    };
    Error { data, ..refused(error.to_string()) }
}

/// The target, and the settings with what package.json says of its entry where tickmark.json says nothing.
fn prepare(folder: &Folder, entry: &Path, mut config: Config, route: Option<Route>) -> std::result::Result<(Target, Config), String> {
    if let Some(script) = folder.entry(entry) {
        if config.args.is_empty() {
            config.args = script.args;
        }
        if config.node_args.is_empty() {
            config.node_args = script.node_args;
        }
        for (name, value) in script.env {
            config.env.entry(name).or_insert(Some(value));
        }
    }
    let entry: PathBuf = relative_entry(folder.root(), entry)?;
    let target = match route {
        Some(Route { method, path, .. }) => Target::Route { entry, method, path },
        None => Target::Program { entry, args: config.args.clone() },
    };
    Ok((target, config))
}

async fn toggle_facts(session: &Arc<Session>, arguments: ToggleFactsArguments) -> Result<Option<Value>> {
    let ToggleFactsArguments { uri, scope, category, on } = arguments;
    let path = from_proto::path(&uri).ok_or_else(|| Error::invalid_params(format!("{} is no file on disk", uri.as_str())))?;
    let folder = session.folder_of(&path).ok_or_else(|| Error::invalid_params(format!("{} is in no folder", path.display())))?;
    let scope = FactsScope::by_word(&scope)
        .ok_or_else(|| Error::invalid_params(format!("the scope is {scope:?}: use \"file\", \"folder\" or \"workspace\"")))?;
    let category = FactsCategory::by_word(&category)
        .ok_or_else(|| Error::invalid_params(format!("the category is {category:?}: use \"inlining\" or \"tier\"")))?;
    let kept = blocking(move |_| folder.switch_facts(&path, scope, category, on)).await?;
    if let Err(problem) = kept {
        session.show(MessageType::WARNING, format!("This is forgotten when the editor ends: {problem}"));
    }
    session.results_changed();
    Ok(None)
}

async fn show_flamegraph(session: &Arc<Session>, arguments: FlamegraphArguments) -> Result<Option<Value>> {
    let path = blocking({
        let session = Arc::clone(session);
        move |_| {
            if arguments.run_id.is_none()
                && let Some((folder, shown)) = session.on_lines()
                && let Loaded::File(file) = &shown.source
            {
                return file.write_html(folder.root());
            }
            let run = session.find_run(arguments.run_id.as_deref())?;
            run.html().ok_or_else(|| format!("the run {} has no flamegraph file", run.record.id))
        }
    })
    .await?
    .map_err(refused)?;
    let uri = to_proto::file_uri(&path).ok_or_else(|| refused(format!("{} makes no URI", path.display())))?;
    let answer = json!({ "path": path, "uri": uri });
    let session = Arc::clone(session);
    // The editor may ask the user, or start a browser: that is not waited for.
    tokio::spawn(async move {
        let params = ShowDocumentParams { uri, external: Some(true), take_focus: Some(true), selection: None };
        if !matches!(session.client().show_document(params).await, Ok(true)) {
            session.show(MessageType::INFO, format!("The flamegraph is in {}", path.display()));
        }
    });
    Ok(Some(answer))
}

/// Gives functions of texts that are open the place where they begin there now. One that was removed keeps the measured one.
async fn place(session: &Arc<Session>, results: &ide::RunResults, spots: &mut [ide::Hotspot]) -> Result<()> {
    for text in session.texts() {
        let Some(path) = text.path.as_deref().and_then(Path::to_str) else { continue };
        if !spots.iter().any(|spot| spot.file.as_deref() == Some(path)) {
            continue;
        }
        let ready = session.view(&text).await?;
        let view = &ready.view;
        if view.measured().is_none_or(|measured| !std::ptr::eq(&*measured.results, results)) {
            continue;
        }
        let profile = results.index.profile();
        for spot in spots.iter_mut().filter(|spot| spot.file.as_deref() == Some(path)) {
            let is_it = |start: Option<profile::Position>| start.is_some_and(|at| at.line == spot.line && at.column == spot.column);
            let placed = view.measured_functions().find(|(_, function)| is_it(profile.frame(function.frame).start));
            if let Some((placed, _)) = placed {
                let at = to_proto::position(&view.subject.document, Encoding::Utf16, placed.header.start);
                (spot.line, spot.column) = (at.line + 1, at.character + 1);
            }
        }
    }
    Ok(())
}

async fn hotspots(session: &Arc<Session>, arguments: HotspotsArguments) -> Result<Option<Value>> {
    let (_, shown) = session.on_lines().ok_or_else(|| refused("no results are shown: measure something first"))?;
    let mut spots = ide::hotspots(&shown.results, HOTSPOTS);
    place(session, &shown.results, &mut spots).await?;
    if !arguments.message {
        return serde_json::to_value(spots).map(Some).map_err(|_| Error::internal_error());
    }
    let of = shown.focus().map_or(&shown.results.figures.target, |focus| &focus.label);
    let mut message = format!("Hottest of {of}:");
    for spot in spots.iter().take(SHOWN_HOTSPOTS) {
        let place = match &spot.file {
            Some(file) => {
                let root = session.folder_of(Path::new(file)).map(|folder| folder.root().to_owned()).unwrap_or_default();
                format!(" {}:{}", crate::session::relative(&root, Path::new(file)).unwrap_or_else(|| file.clone()), spot.line)
            }
            None => String::new(),
        };
        // Writing to a String cannot fail.
        let _ = write!(message, "\n{:.1}% {}{place}", spot.self_percent, ide::wording::name(&spot.name));
    }
    session.show(MessageType::INFO, message);
    serde_json::to_value(spots).map(Some).map_err(|_| Error::internal_error())
}
