//! `tickmark/views/…`: what views ask of the models they have open.

use super::refused;
use crate::lsp::ext::views::{Applied, Asked, Compared, FrameAt, FrameAtParams, LoadReport, ModelParams, OpenParams, Opened};
use crate::lsp::from_proto;
use crate::session::benchmarks::is_benchmark;
use crate::session::loaded::{Loaded, LoadedFile, LoadedRun};
use crate::session::models::{OpenModel, Opening};
use crate::session::{Session, blocking};
use profile::counts;
use profile::index::ProfileIndex;
use runs::RunRecord;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use views::wire::{Boxes, BoxesRequest, Details, DetailsRequest, SearchRequest, SearchResult, TablePage, TableRequest};
use views::{Model, ViewError};

/// `tickmark/views/open`.
///
/// # Errors
/// When there is no such run or file, it cannot be read, or nothing is shown and neither was named.
pub async fn open(session: &Arc<Session>, params: OpenParams) -> Result<Opened> {
    let session = Arc::clone(session);
    blocking(move |cancelled| {
        let opening = opening(&session, &params).map_err(Error::invalid_params)?;
        if cancelled.is_set() {
            // Nobody would learn its name to close it.
            return Err(Error::request_cancelled());
        }
        Ok(opened(&session.models().open(opening)))
    })
    .await?
}

fn opening(session: &Session, params: &OpenParams) -> std::result::Result<Opening, String> {
    let (source, root) = match (&params.run_id, &params.path) {
        (Some(_), Some(_)) => return Err("both `runId` and `path` are given: a model is of a run or of a file".to_owned()),
        (None, Some(path)) => {
            if !path.is_absolute() {
                return Err(format!("`path` is {}: give the absolute path of the file", path.display()));
            }
            let file = LoadedFile::read(path, &session.aliases())?;
            let root = session.folders().iter().find(|folder| file.is_about(folder.root())).map(|folder| folder.root().to_owned());
            (Loaded::File(Arc::new(file)), root)
        }
        (None, None) => {
            let (folder, shown) = session.on_lines().ok_or("no results are shown: measure something first")?;
            (shown.source.clone(), Some(folder.root().to_owned()))
        }
        (Some(run_id), None) => {
            let (folder, run) = session.find_run_and_folder(Some(run_id))?;
            (Loaded::Run(run), Some(folder.root().to_owned()))
        }
    };
    let compared = params.compare_with.as_deref().map(|run_id| session.find_run(Some(run_id))).transpose()?;
    Ok(Opening { source, compared, root })
}

fn opened(model: &OpenModel) -> Opened {
    let results = model.source.results();
    let index = &results.index;
    let record = match &model.source {
        Loaded::Run(run) => Some(&run.record),
        Loaded::File(_) => None,
    };
    let load = record.and_then(benchmark);
    let amount = match (&load, results.measure) {
        (Some(load), _) => counts::counted(load.report.completed, "request", "requests"),
        (None, ide::Measure::Cpu) => counts::counted(index.active_samples(), "sample", "samples"),
        (None, ide::Measure::Allocated) => format!("{} allocated", results.amount(results.allocated_bytes)),
    };
    let (title, subtitle) = match &model.source {
        Loaded::Run(run) => titles(&run.record, &amount),
        Loaded::File(file) => (file.results.figures.target.clone(), format!("{} · {amount}", file.format)),
    };
    let compared = model.compared.as_ref().map(|run: &Arc<LoadedRun>| {
        let record = &run.record;
        let title = format!("{} · {}", record.target, record.id.date());
        Compared { run_id: record.id.0.clone(), title, load: benchmark(record) }
    });
    Opened {
        model: model.name.clone(),
        run_id: model.source.run_id().map(str::to_owned),
        path: model.source.file().map(Path::to_owned),
        title,
        subtitle,
        compared,
        root: model.root.clone(),
        meta: Value::Object(meta(&model.source, index)),
        load,
        versus: record.and_then(|record| record.versus.clone()).map(Box::new),
        overview: model.model.overview(),
    }
}

/// The report of a benchmark; none of a run that has a profile.
fn benchmark(record: &RunRecord) -> Option<Box<LoadReport>> {
    let report = record.load.clone().filter(|_| is_benchmark(record))?;
    Some(Box::new(LoadReport { notes: report.notes(), report }))
}

/// Where a run was made.
fn environment(record: &RunRecord) -> Value {
    let (node, host, git) = (&record.node, &record.host, record.git.as_ref());
    json!({
        "node": node.version, "v8": node.v8_version, "flags": node.flags, "nodeEnv": node.node_env,
        "commit": git.map(|git| &git.commit), "dirty": git.map(|git| git.dirty),
        "os": host.os, "arch": host.arch, "cpus": host.cpus, "cpuModel": host.cpu_model, "governor": host.governor,
        "loadAverage": host.load_average,
    })
}

fn titles(record: &RunRecord, amount: &str) -> (String, String) {
    (record.target.title(), format!("Node {} · {amount} · {}", record.node.version, record.id.date()))
}

/// What the stand-alone page knows of a measurement, too.
fn meta(source: &Loaded, index: &ProfileIndex) -> Map<String, Value> {
    let profile = index.profile();
    let [exact, function, none] = index.attribution().shares();
    let mut meta = Map::new();
    let mut put = |key: &str, value: Value| meta.insert(key.to_owned(), value);
    put("attribution", json!({ "exact": exact, "function": function, "none": none }));
    put("dropped", json!(profile.dropped));
    put("notes", json!(source.results().figures.notes));
    if let Loaded::Run(run) = source {
        let record = &run.record;
        put("node", json!(record.node.version));
        put("v8", json!(record.node.v8_version));
        put("date", json!(record.id.date()));
        put("target", json!(record.target.to_string()));
        put("environment", environment(record));
        if let Some(load) = &record.load {
            let latency = load.latency_ms.as_ref();
            let figures = json!({
                "requestsPerSecond": load.requests_per_second,
                "p50Ms": latency.map(|latency| latency.p50),
                "p99Ms": latency.map(|latency| latency.p99),
                "failed": load.failed,
                "clientLimited": load.client_limited,
            });
            put("load", figures);
        }
    }
    meta
}

/// `tickmark/views/close`. A model that is not open is closed already.
///
/// # Errors
/// Never.
pub async fn close(session: &Arc<Session>, params: ModelParams) -> Result<()> {
    session.models().close(&params.model);
    Ok(())
}

/// `tickmark/views/boxes`.
///
/// # Errors
/// When the model is not open, or has not what the question names.
pub async fn boxes(session: &Arc<Session>, params: Asked<BoxesRequest>) -> Result<Boxes> {
    ask(session, params, Model::boxes).await
}

/// `tickmark/views/search`.
///
/// # Errors
/// As [`boxes`].
pub async fn search(session: &Arc<Session>, params: Asked<SearchRequest>) -> Result<SearchResult> {
    ask(session, params, Model::search).await
}

/// `tickmark/views/details`.
///
/// # Errors
/// As [`boxes`].
pub async fn details(session: &Arc<Session>, params: Asked<DetailsRequest>) -> Result<Details> {
    ask(session, params, Model::details).await
}

/// `tickmark/views/table`.
///
/// # Errors
/// As [`boxes`].
pub async fn table(session: &Arc<Session>, params: Asked<TableRequest>) -> Result<TablePage> {
    ask(session, params, Model::table).await
}

/// Asks a model. While it answers one question, the next ones wait, and those that are cancelled meanwhile are never begun: a view that
/// is zoomed asks faster than it can be answered.
async fn ask<Q: Send + 'static, A: Send + 'static>(
    session: &Arc<Session>,
    params: Asked<Q>,
    answer: fn(&Model, &Q) -> std::result::Result<A, ViewError>,
) -> Result<A> {
    let Asked { model, request } = params;
    let asked = known(session, &model)?;
    // The semaphore is never closed. The turn ends with the work, which nobody may wait for any more by then.
    let turn = Arc::clone(&asked.turn).acquire_owned().await.map_err(|_| Error::internal_error())?;
    let answered = blocking(move |cancelled| {
        let _turn = turn;
        (!cancelled.is_set()).then(|| answer(&asked.model, &request))
    });
    answered.await?.ok_or_else(Error::request_cancelled)?.map_err(|problem| Error::invalid_params(problem.to_string()))
}

/// An open model.
pub(super) fn known(session: &Session, name: &str) -> Result<Arc<OpenModel>> {
    session.models().get(name).ok_or_else(|| Error {
        code: ErrorCode::InvalidParams,
        message: format!("the model {name:?} is not open: open it again").into(),
        data: Some(json!({ "kind": "unknownModel" })),
    })
}

/// `tickmark/views/frameAt`.
///
/// # Errors
/// When the model is not open.
pub async fn frame_at(session: &Arc<Session>, params: FrameAtParams) -> Result<FrameAt> {
    let text = session.text(&params.text_document.uri);
    let model = known(session, &params.model)?;
    let Some(text) = text else { return Ok(FrameAt { frame: None }) };
    let Some(folder) = text.path.as_deref().and_then(|path| session.folder_of(path)) else { return Ok(FrameAt { frame: None }) };
    let offset = from_proto::offset(&text.document, session.facts().encoding, params.position);
    let ready = session.view(&text).await?;
    let frame = blocking(move |_| {
        let frame = model.function_at(folder.root(), &text, &ready, offset)?;
        model.model.frame(model.model.id_of(frame)?)
    });
    Ok(FrameAt { frame: frame.await? })
}

/// `tickmark/views/apply`.
///
/// # Errors
/// When the model is not open, or its profile is of no file in the workspace.
pub async fn apply(session: &Arc<Session>, params: ModelParams) -> Result<Applied> {
    let model = known(session, &params.model)?;
    let folders = session.folders_of(&model);
    if let Loaded::Run(run) = &model.source
        && is_benchmark(&run.record)
    {
        return Err(refused(format!("{} is a benchmark: it has no profile to show on source lines", run.record.id)));
    }
    if folders.is_empty() {
        let what = &model.source.results().figures.target;
        return Err(refused(format!("{what} has no function in a file of this workspace: open the folder that was measured")));
    }
    for folder in &folders {
        match &model.source {
            Loaded::Run(run) => folder.show(Arc::clone(run)),
            Loaded::File(file) => folder.show_file(Arc::clone(file)),
        }
    }
    session.results_changed();
    Ok(Applied { run_id: model.source.run_id().map(str::to_owned), path: model.source.file().map(Path::to_owned) })
}
