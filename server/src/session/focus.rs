//! The function that the editor's percentages are of.

use super::Session;
use super::folder::Folder;
use super::loaded::Loaded;
use super::models::OpenModel;
use super::shown::Shown;
use crate::lsp::ext::views::Focus;
use profile::{FrameId, Profile};
use std::sync::Arc;
use views::wire::FrameInfo;

impl Session {
    /// The folders whose source lines may show a model: of a run its own, of a file those that it is about.
    pub fn folders_of(&self, model: &OpenModel) -> Vec<Arc<Folder>> {
        let is_its = |folder: &&Arc<Folder>| match &model.source {
            Loaded::Run(_) => model.root.as_deref() == Some(folder.root()),
            Loaded::File(file) => file.is_about(folder.root()),
        };
        self.folders().iter().filter(is_its).cloned().collect()
    }

    /// What the editor's percentages are of; none: of everything, in every folder.
    pub fn focus(&self) -> Option<Focus> {
        self.folders().iter().find_map(|folder| folder.on_lines()?.focus().cloned())
    }

    /// Has percentages of everything again in every folder; says whether they were not. Does not tell the editor.
    pub(crate) fn clear_focus(&self) -> bool {
        self.folders().iter().filter(|folder| folder.clear_focus()).count() > 0
    }
}

/// Has the percentages of the source lines of `folder` be of a function of a model. Slow: adds up the profile below it.
///
/// # Errors
/// When the folder shows nothing, or a profile without that function.
pub fn focus_on(folder: &Folder, model: &OpenModel, frame: FrameId, info: FrameInfo) -> Result<Focus, String> {
    let shown = folder.on_lines().ok_or("no results are shown: measure something first, or show this profile on the source lines")?;
    let label = ide::focus::label_of(model.source.results().index.profile(), frame);
    let there = if shown.source.is(&model.source) {
        Some(frame)
    } else {
        same_function(model.source.results().index.profile(), frame, shown.source.results().index.profile())
    };
    let advice = "show this profile on the source lines first";
    let there = there.ok_or_else(|| format!("{label} is not in {}, whose results are shown: {advice}", shown.results.figures.target))?;
    let whole = shown.source.results();
    let below = share_of(whole, there);
    if below <= 0.0 {
        return Err(format!("no stack of {} passes through {label}", whole.figures.target));
    }
    let focus = Focus { frame: info, label, share_percent: below * 100.0 };
    let focused = Arc::new(Shown::focused(shown.source.clone(), there, focus.clone()));
    if folder.replace(&shown, focused) { Ok(focus) } else { Err("other results are shown since: choose the function again".to_owned()) }
}

/// Share of the stacks that pass through a function, of native code, too.
fn share_of(whole: &ide::RunResults, frame: FrameId) -> f64 {
    let tree = &whole.index.profile().tree;
    let values = match whole.measure {
        ide::Measure::Cpu => tree.subtree_us(),
        ide::Measure::Allocated => tree.subtree_bytes(),
    };
    let is_it = |node: profile::NodeId| whole.index.profile().frame_of(node) == frame;
    let outermost = |node: &profile::NodeId| is_it(*node) && !tree.stack(*node).skip(1).any(is_it);
    whole.share(tree.ids().filter(outermost).fold(0, |sum: u64, node| sum.saturating_add(values[node.index()])))
}

/// The same function of another profile: of the same file and name, beginning at the same place; else the only one of that name there.
fn same_function(of: &Profile, frame: FrameId, there: &Profile) -> Option<FrameId> {
    let wanted = of.frame(frame);
    let file = |profile: &Profile, source: Option<profile::SourceId>| source.map(|source| profile.source(source).url.clone());
    let wanted_file = file(of, wanted.source);
    let is_alike = |row: &usize| {
        let other = &there.frames[*row];
        other.name == wanted.name && other.category == wanted.category && file(there, other.source) == wanted_file
    };
    let alike: Vec<usize> = (0..there.frames.len()).filter(is_alike).collect();
    let exact = alike.iter().find(|row| there.frames[**row].start == wanted.start);
    // Functions without a name differ by their place only.
    let only = || if alike.len() == 1 && !wanted.name.is_empty() { alike.first() } else { None };
    exact.or_else(only).map(|row| FrameId::new(*row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::{Category, Frame, Position, ProfileBuilder, Source};

    fn profile(frames: &[(&str, &str, u32)]) -> Profile {
        let mut builder = ProfileBuilder::default();
        for (url, name, line) in frames {
            let source = Some(builder.source(Source { url: (*url).into(), path: None }));
            let start = Some(Position { line: *line, column: 1 });
            builder.frame(Frame { name: (*name).into(), source, start, category: Category::App });
        }
        builder.finish()
    }

    #[test]
    fn the_same_function_in_another_profile() {
        fn check(wanted: (&str, &str, u32), there: &[(&str, &str, u32)], expected: Option<usize>) {
            let found = same_function(&profile(&[wanted]), FrameId::new(0), &profile(there));
            assert_eq!(found.map(FrameId::index), expected, "{wanted:?} in {there:?}");
        }
        check(("a.js", "f", 3), &[("b.js", "f", 3), ("a.js", "f", 9), ("a.js", "f", 3)], Some(2));
        // It moved.
        check(("a.js", "f", 3), &[("a.js", "f", 9), ("a.js", "g", 3)], Some(0));
        check(("a.js", "f", 3), &[("a.js", "f", 9), ("a.js", "f", 12)], None);
        check(("a.js", "", 3), &[("a.js", "", 9)], None);
        check(("a.js", "f", 3), &[("b.js", "f", 3)], None);
    }
}
