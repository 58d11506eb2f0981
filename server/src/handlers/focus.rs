//! `tickmark/focus`.

use super::{refused, views};
use crate::lsp::ext::views::{FocusAnswer, FocusParams};
use crate::session::focus::focus_on;
use crate::session::{Session, blocking};
use ::views::wire::FrameInfo;
use std::sync::Arc;
use tower_lsp::jsonrpc::{Error, Result};

/// `tickmark/focus`: the editor's percentages are of one function, or of everything again.
///
/// # Errors
/// When the model is not open, has no such function, or what is shown has none of it.
pub async fn focus(session: &Arc<Session>, params: FocusParams) -> Result<FocusAnswer> {
    let model = views::known(session, &params.model)?;
    let folders = session.folders_of(&model);
    let Some(id) = params.frame else {
        // Every folder's, not only this model's: what the user sees is one way back.
        if session.clear_focus() {
            session.results_changed();
        }
        return Ok(FocusAnswer { focus: None });
    };
    let no_such = || Error::invalid_params(format!("there is no function {id} in {}", model.name));
    let info: FrameInfo = model.model.frame(id).ok_or_else(no_such)?;
    let only_before = || refused("only the run that is compared with has this function");
    let frame = model.model.frame_id(id).ok_or_else(only_before)?;
    let chosen = blocking(move |_| {
        let mut answers = folders.iter().map(|folder| focus_on(folder, &model, frame, info.clone()));
        // A file may be about several folders: one of them that shows the function is enough.
        let first = answers.next().unwrap_or_else(|| Err("this profile is of no file in the workspace".to_owned()));
        answers.fold(first, |found, next| found.or(next))
    });
    let focus = chosen.await?.map_err(refused)?;
    session.results_changed();
    Ok(FocusAnswer { focus: Some(focus) })
}
