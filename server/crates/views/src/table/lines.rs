//! Lines of code.

use super::rows::{Entry, Figures};
use crate::filter::FunctionText;
use crate::frames::FrameTable;
use crate::model::Model;
use crate::tree::{Mapping, MergedTree, NO_NODE};
use profile::index::ProfileIndex;
use profile::tree::Visit;
use profile::{FrameId, Location, Profile, Source};
use rustc_hash::FxHashMap;

/// A file, or what a URL names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LineFile {
    /// Absolute path, else URL.
    pub(super) path: String,
    pub(super) is_file: bool,
}

/// A row of the files, and a line.
type Place = (u32, u32);

/// Every line that occurs.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) entries: Vec<Entry>,
    /// By `Entry::place`.
    lines: Vec<Place>,
    files: Vec<LineFile>,
    /// By row, where the line lies in another file than its function.
    pub(super) texts: Vec<Option<FunctionText>>,
}

impl Lines {
    pub(super) fn new(model: &Model, tree: &MergedTree, root: &str) -> Self {
        let frames = model.frames();
        let after = model.after().profile();
        let mut rows = LineRows::default();
        let files: Vec<u32> = after.sources.iter().map(|source| rows.file(source)).collect();
        let of_location: Vec<Option<usize>> = after.locations.iter().map(|at| rows.line(place(at, &files)?)).collect();
        let mut figures = sums(after, &tree.after, &of_location, rows.lines.len());
        let mut functions = heaviest_functions(after, &of_location, rows.lines.len(), |frame| frames.id_of(frame));
        if let Some(before) = model.before().map(ProfileIndex::profile) {
            let files_before: Vec<u32> = before.sources.iter().map(|source| rows.file(source)).collect();
            let todays = |at: &Location| {
                let was = place(at, &files_before)?;
                Some(moved_place(before, after, frames, at, was.1, &files).unwrap_or(was))
            };
            let of_location: Vec<Option<usize>> = before.locations.iter().map(|at| rows.line(todays(at)?)).collect();
            figures.resize(rows.lines.len(), Figures::default());
            functions.resize(rows.lines.len(), None);
            for (sum, was) in figures.iter_mut().zip(sums(before, &tree.before, &of_location, rows.lines.len())) {
                (sum.before_self_us, sum.before_total_us) = (was.self_us, was.total_us);
            }
            let were = heaviest_functions(before, &of_location, rows.lines.len(), |frame| frames.id_of_before(frame));
            for (function, was) in functions.iter_mut().zip(were) {
                *function = function.or(was);
            }
        }
        let entry = |(place, figures): (usize, Figures)| {
            let frame = functions[place].filter(|_| figures != Figures::default())?;
            Some(Entry { frame, place: place as u32, figures, children: 0 })
        };
        let entries: Vec<Entry> = figures.into_iter().enumerate().filter_map(entry).collect();
        let text = |entry: &Entry| {
            let function = &frames.rows()[entry.frame as usize];
            let path = &rows.files[rows.lines[entry.place as usize].0 as usize].path;
            (function.path != *path).then(|| FunctionText::new(&function.name, path, function.category, root))
        };
        let texts = entries.iter().map(text).collect();
        Self { entries, lines: rows.lines, files: rows.files, texts }
    }
}

impl Lines {
    /// Where a row is.
    pub(super) fn place(&self, entry: &Entry) -> (&LineFile, u32) {
        let (file, line) = self.lines[entry.place as usize];
        (&self.files[file as usize], line)
    }
}

#[derive(Default)]
struct LineRows {
    files: Vec<LineFile>,
    file_numbers: FxHashMap<LineFile, u32>,
    lines: Vec<Place>,
    line_numbers: FxHashMap<Place, usize>,
}

impl LineRows {
    fn file(&mut self, source: &Source) -> u32 {
        let file = LineFile { path: source.path.as_ref().unwrap_or(&source.url).clone(), is_file: source.path.is_some() };
        let next = self.files.len() as u32;
        *self.file_numbers.entry(file).or_insert_with_key(|file| {
            self.files.push(file.clone());
            next
        })
    }

    fn line(&mut self, place: Place) -> Option<usize> {
        let next = self.lines.len();
        Some(*self.line_numbers.entry(place).or_insert_with(|| {
            self.lines.push(place);
            next
        }))
    }
}

/// The line of a location; `files` are those of the profile's sources.
fn place(location: &Location, files: &[u32]) -> Option<Place> {
    Some((files[location.source?.index()], location.position?.line))
}

/// Where a line of the compared profile is in the profile: as far from the start of its function. None for a line of another file than its
/// function's, or of a function that is no more: it stays where it was.
fn moved_place(before: &Profile, after: &Profile, frames: &FrameTable, location: &Location, line: u32, files: &[u32]) -> Option<Place> {
    let function = before.frame(location.frame);
    let today = after.frame(frames.id_of_before(location.frame).and_then(|id| frames.frame_id(id))?);
    if function.source != location.source {
        return None;
    }
    let line = i64::from(line) - i64::from(function.start?.line) + i64::from(today.start?.line);
    Some((files[today.source?.index()], u32::try_from(line).ok()?))
}

/// Figures by line. Time of hidden code, and of native code and compilers, is self time of the line that called it.
fn sums(profile: &Profile, mapping: &Mapping, of_location: &[Option<usize>], n_lines: usize) -> Vec<Figures> {
    let tree = &profile.tree;
    let samples: Vec<u64> = tree.self_samples.iter().map(|n| u64::from(*n)).collect();
    let total_us = mapping.subtree(profile, &tree.self_us);
    let total_samples = mapping.subtree(profile, &samples);
    let total_bytes = mapping.subtree(profile, &tree.self_bytes);
    let bytes_of = |column: &[u64], row: usize| column.get(row).copied().unwrap_or(0);
    let mut sums = vec![Figures::default(); n_lines];
    let mut on_path = vec![0u32; n_lines];
    // The line that each node's self time goes to.
    let mut owners: Vec<Option<usize>> = vec![None; tree.len()];
    tree.walk(|node, visit| {
        let row = node.index();
        if mapping.of_node[row] == NO_NODE {
            return;
        }
        let is_callers = mapping.folded[row] || profile.category_of(node).belongs_to_caller();
        let line = of_location[tree.location(node).index()].filter(|_| !is_callers);
        if visit == Visit::Leave {
            if let Some(line) = line {
                on_path[line] -= 1;
            }
            return;
        }
        owners[row] = if is_callers { tree.parent(node).and_then(|parent| owners[parent.index()]) } else { line };
        let figures = Figures {
            self_us: tree.self_us[row],
            total_us: total_us[row],
            samples: total_samples[row],
            self_bytes: bytes_of(&tree.self_bytes, row),
            total_bytes: bytes_of(&total_bytes, row),
            ..Figures::default()
        };
        if let Some(owner) = owners[row] {
            sums[owner].add_self(&figures);
        }
        if let Some(line) = line {
            if on_path[line] == 0 {
                sums[line].add_total(&figures);
            }
            on_path[line] += 1;
        }
    });
    sums
}

/// The function that each line is in most, by time, then bytes, with all they call.
fn heaviest_functions(
    profile: &Profile,
    of_location: &[Option<usize>],
    n_lines: usize,
    id_of: impl Fn(FrameId) -> Option<u32>,
) -> Vec<Option<u32>> {
    let (subtree_us, subtree_bytes) = (profile.tree.subtree_us(), profile.tree.subtree_bytes());
    let mut weights: FxHashMap<(usize, u32), (u64, u64)> = FxHashMap::default();
    for node in profile.tree.ids() {
        let line = of_location[profile.tree.location(node).index()];
        if let (Some(line), Some(frame)) = (line, id_of(profile.frame_of(node))) {
            let (us, bytes) = weights.entry((line, frame)).or_default();
            *us = us.saturating_add(subtree_us[node.index()]);
            *bytes = bytes.saturating_add(subtree_bytes.get(node.index()).copied().unwrap_or(0));
        }
    }
    let mut heaviest: Vec<Option<((u64, u64), u32)>> = vec![None; n_lines];
    for ((line, frame), weight) in weights {
        let best = &mut heaviest[line];
        // Of equal ones the first, so that the answer does not depend on the order of a hash table.
        if best.is_none_or(|(most, first)| (weight, std::cmp::Reverse(frame)) > (most, std::cmp::Reverse(first))) {
            *best = Some((weight, frame));
        }
    }
    heaviest.into_iter().map(|best| best.map(|(_, frame)| frame)).collect()
}
