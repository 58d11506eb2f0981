//! `tickmark/callTree`.

use crate::lsp::ext::{CallTreeNode, CallTreePage, CallTreeParams};
use crate::session::loaded::LoadedRun;
use crate::session::{Session, blocking};
use std::sync::Arc;
use tower_lsp::jsonrpc::{Error, Result};

/// Most callees in one answer.
const MAX_LIMIT: usize = 500;

/// `tickmark/callTree`.
///
/// # Errors
/// When there is no such run or node.
pub async fn call_tree(session: &Arc<Session>, params: CallTreeParams) -> Result<CallTreePage> {
    let session = Arc::clone(session);
    blocking(move |_| {
        let run = session.find_run(params.run_id.as_deref()).map_err(Error::invalid_params)?;
        page(&run, &params)
    })
    .await?
}

fn page(run: &LoadedRun, params: &CallTreeParams) -> Result<CallTreePage> {
    let (flame, profile) = (run.flame(), run.results.index.profile());
    if let Some(row) = params.node
        && flame.node(row).is_none()
    {
        return Err(Error::invalid_params(format!("the run {} has no node {row}", run.record.id)));
    }
    let children = flame.children(params.node);
    let nodes = children.iter().skip(params.offset).take(params.limit.unwrap_or(MAX_LIMIT).min(MAX_LIMIT)).filter_map(|row| {
        let node = flame.node(*row)?;
        let frame = profile.frame(node.frame);
        let source = frame.source.map(|source| profile.source(source));
        Some(CallTreeNode {
            id: *row,
            name: frame.name.clone(),
            file: source.map(|source| source.path.clone().unwrap_or_else(|| source.url.clone())).filter(|file| !file.is_empty()),
            line: frame.start.map_or(0, |start| start.line),
            column: frame.start.map_or(0, |start| start.column),
            category: frame.category,
            tier: node.tier,
            self_ms: node.self_us as f64 / 1_000.0,
            total_ms: node.total_us as f64 / 1_000.0,
            samples: node.samples,
            child_count: flame.children(Some(*row)).len(),
        })
    });
    Ok(CallTreePage {
        run_id: run.record.id.0.clone(),
        active_ms: run.results.index.attribution().active_us() as f64 / 1_000.0,
        total: children.len(),
        nodes: nodes.collect(),
    })
}
