//! Models that views have open, by name.

use super::lineage::locked;
use super::loaded::{Loaded, LoadedRun};
use super::real;
use super::shown::Shown;
use super::text::{OpenText, Ready};
use ide::FileView;
use profile::FrameId;
use source::anchor::Anchors;
use source::position::ByteOffset;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use views::Model;

/// Most models; a view whose model went opens it again.
const MAX_MODELS: usize = 16;

/// A model that a view has open.
#[derive(Debug)]
pub struct OpenModel {
    /// `model-1`.
    pub name: String,
    /// The profile.
    pub source: Loaded,
    /// The run it is compared with.
    pub compared: Option<Arc<LoadedRun>>,
    /// To be asked.
    pub model: Model,
    /// The workspace folder whose files it is about; none for a file about none of them.
    pub root: Option<PathBuf>,
    /// One question at a time: what is not wanted any more leaves while it waits.
    pub(crate) turn: Arc<Semaphore>,
    /// The whole profile in texts, for models that are not what the source lines show.
    whole: Shown,
    /// The text that was asked about last.
    seen: Mutex<Option<(Arc<OpenText>, Arc<FileView>)>>,
}

/// What a model is made of.
#[derive(Debug)]
pub struct Opening {
    /// The profile.
    pub source: Loaded,
    /// The run to compare it with.
    pub compared: Option<Arc<LoadedRun>>,
    /// See [`OpenModel::root`].
    pub root: Option<PathBuf>,
}

impl OpenModel {
    /// The profile's function around an offset of today's text. `ready` is what the session knows of that text.
    pub fn function_at(&self, root: &Path, text: &Arc<OpenText>, ready: &Ready, offset: ByteOffset) -> Option<FrameId> {
        let path = text.path.as_deref()?;
        let in_profile = self.source.path_of(path)?;
        if ready.view.measured().is_some_and(|measured| Arc::ptr_eq(&measured.results, self.source.results())) {
            return ide::cursor::function_at(&ready.view, offset);
        }
        match self.view(root, path, text, ready) {
            Some(view) => ide::cursor::function_at(&view, offset),
            None => {
                let code = ready.view.subject.functions.as_ref()?.at(offset)?;
                ide::cursor::function_named(self.source.results().index.profile(), &in_profile, &text.document, code)
            }
        }
    }

    /// A text with this profile instead of the one that the source lines show.
    fn view(&self, root: &Path, path: &Path, text: &Arc<OpenText>, ready: &Ready) -> Option<Arc<FileView>> {
        if let Some((of, view)) = locked(&self.seen).as_ref()
            && Arc::ptr_eq(of, text)
        {
            return Some(Arc::clone(view));
        }
        let measured = self.whole.measured(root, path)?;
        let mut subject = ready.view.subject.clone();
        let anchors = Anchors::from_disk_diff(measured.document.text(), subject.document.text(), &measured.marks());
        (subject.measured, subject.focus) = (Some((measured, anchors)), None);
        let view = Arc::new(FileView::new(subject));
        *locked(&self.seen) = Some((Arc::clone(text), Arc::clone(&view)));
        Some(view)
    }
}

/// The models that are open, the one used last at the end.
#[derive(Debug, Default)]
pub struct Models(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How many were ever opened.
    opened: u64,
    open: VecDeque<Arc<OpenModel>>,
}

impl Models {
    /// Opens a model; the one that was not used for the longest time goes when there are too many.
    pub fn open(&self, opening: Opening) -> Arc<OpenModel> {
        let Opening { source, compared, root } = opening;
        let before = compared.as_ref().map(|run| Arc::clone(&run.results.index));
        let mut model = Model::new(Arc::clone(&source.results().index), before);
        if let Some(root) = root.as_deref().map(|root| named_root(&source, root)).as_deref().and_then(Path::to_str) {
            model = model.with_root(root);
        }
        let whole = Shown::whole(source.clone());
        let (turn, seen) = (Arc::new(Semaphore::new(1)), Mutex::default());
        let mut known = locked(&self.0);
        known.opened += 1;
        let name = format!("model-{}", known.opened);
        let model = Arc::new(OpenModel { name, source, compared, model, root, turn, whole, seen });
        known.open.push_back(Arc::clone(&model));
        if known.open.len() > MAX_MODELS {
            known.open.pop_front();
        }
        model
    }

    /// An open model by its name.
    pub fn get(&self, name: &str) -> Option<Arc<OpenModel>> {
        let mut known = locked(&self.0);
        let row = known.open.iter().position(|model| model.name == name)?;
        let model = known.open.remove(row)?;
        known.open.push_back(Arc::clone(&model));
        Some(model)
    }

    /// Closes a model; says whether it was open.
    pub fn close(&self, name: &str) -> bool {
        let mut known = locked(&self.0);
        let before = known.open.len();
        known.open.retain(|model| model.name != name);
        known.open.len() < before
    }

    /// A run that is in memory because a model is of it.
    pub fn run(&self, id: &str) -> Option<Arc<LoadedRun>> {
        let known = locked(&self.0);
        let of = |model: &Arc<OpenModel>| match &model.source {
            Loaded::Run(run) if run.record.id.0 == id => Some(Arc::clone(run)),
            _ => model.compared.as_ref().filter(|run| run.record.id.0 == id).map(Arc::clone),
        };
        known.open.iter().find_map(of)
    }
}

/// The folder at `root` as the profile names it.
fn named_root(source: &Loaded, root: &Path) -> PathBuf {
    let is_named = source.results().index.paths().any(|path| Path::new(path).starts_with(root));
    // Node names files without symbolic links.
    if is_named { root.to_owned() } else { real(root) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ide::{RunFigures, RunResults};
    use profile::Profile;
    use profile::index::ProfileIndex;

    fn opening() -> Opening {
        let results = RunResults::new(Arc::new(RunFigures::default()), Arc::new(ProfileIndex::new(Profile::default())));
        let file = super::super::loaded::LoadedFile::of_results("/app/a.cpuprofile", results);
        Opening { source: Loaded::File(Arc::new(file)), compared: None, root: None }
    }

    #[test]
    fn the_least_recently_used_goes() {
        let models = Models::default();
        for n in 1..=MAX_MODELS {
            assert_eq!(models.open(opening()).name, format!("model-{n}"));
        }
        // The first one is used, so the second one is the oldest.
        assert!(models.get("model-1").is_some());
        models.open(opening());
        assert!(models.get("model-1").is_some() && models.get("model-2").is_none());
        assert!(models.close("model-1") && !models.close("model-1"));
        assert!(models.get("model-1").is_none());
    }
}
