//! The functions of a model: one table for the profile and the one it is compared with.

use crate::wire::FrameInfo;
use profile::{Category, FrameId, Position, Profile};
use rustc_hash::{FxHashMap, FxHashSet};

/// Stands for no function.
pub(crate) const NO_FRAME: u32 = u32::MAX;

/// Functions of both profiles, each once. The numbers of the profile's own functions are those it gives them; functions that only the
/// compared profile has follow.
#[derive(Debug)]
pub(crate) struct FrameTable {
    rows: Vec<FrameInfo>,
    n_after: usize,
    /// By the compared profile's function.
    of_before: Vec<u32>,
    /// By number; [`NO_FRAME`] where only the profile has the function.
    before_of: Vec<u32>,
}

impl FrameTable {
    /// The functions of two profiles are the same when name and source are equal. Where several of a source have one name, those are paired
    /// that begin at the same place, after the lines by which the source's uniquely named functions moved; what is left is paired in the
    /// order of the starts, unless nothing else in that source moved: then they are different functions.
    pub(crate) fn new(after: &Profile, before: Option<&Profile>) -> Self {
        let mut rows: Vec<FrameInfo> = (0..after.frames.len()).map(|frame| info(after, frame, frame)).collect();
        let n_after = rows.len();
        let Some(before) = before else { return Self { rows, n_after, of_before: Vec::new(), before_of: vec![NO_FRAME; n_after] } };
        let mut of_before = pairs(after, before);
        let mut before_of = vec![NO_FRAME; n_after];
        for (frame, id) in of_before.iter_mut().enumerate() {
            if *id == NO_FRAME {
                *id = number(rows.len());
                rows.push(info(before, frame, rows.len()));
                before_of.push(NO_FRAME);
            }
            before_of[*id as usize] = number(frame);
        }
        Self { rows, n_after, of_before, before_of }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A function; none for a number that does not exist.
    pub(crate) fn get(&self, id: u32) -> Option<&FrameInfo> {
        self.rows.get(id as usize)
    }

    /// All, by number.
    pub(crate) fn rows(&self) -> &[FrameInfo] {
        &self.rows
    }

    /// The number of the profile's function.
    pub(crate) fn id_of(&self, frame: FrameId) -> Option<u32> {
        (frame.index() < self.n_after).then_some(frame.0)
    }

    /// The number of the compared profile's function.
    pub(crate) fn id_of_before(&self, frame: FrameId) -> Option<u32> {
        self.of_before.get(frame.index()).copied()
    }

    /// The profile's function; none when only the compared one has it.
    pub(crate) fn frame_id(&self, id: u32) -> Option<FrameId> {
        ((id as usize) < self.n_after).then_some(FrameId(id))
    }

    /// The compared profile's function; none when only the profile has it.
    pub(crate) fn before_frame_id(&self, id: u32) -> Option<FrameId> {
        self.before_of.get(id as usize).copied().filter(|frame| *frame != NO_FRAME).map(FrameId)
    }
}

fn info(profile: &Profile, frame: usize, id: usize) -> FrameInfo {
    let frame = &profile.frames[frame];
    let source = frame.source.map(|source| profile.source(source));
    FrameInfo {
        id: number(id),
        name: frame.name.clone(),
        path: source.map_or_else(String::new, |source| source.path.as_ref().unwrap_or(&source.url).clone()),
        is_file: source.is_some_and(|source| source.path.is_some()),
        line: frame.start.map_or(0, |start| start.line),
        column: frame.start.map_or(0, |start| start.column),
        category: frame.category,
    }
}

fn number(index: usize) -> u32 {
    FrameId::new(index).0
}

/// What makes two functions one. Without a source the category tells a pseudo-frame from a function of its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key<'a> {
    source: Result<&'a str, Category>,
    name: &'a str,
}

fn key(profile: &Profile, frame: usize) -> Key<'_> {
    let frame = &profile.frames[frame];
    let source = frame.source.map(|source| profile.source(source));
    Key { source: source.map(|source| source.path.as_ref().unwrap_or(&source.url).as_str()).ok_or(frame.category), name: &frame.name }
}

/// Functions of one key, in the order of their starts.
fn groups(profile: &Profile) -> FxHashMap<Key<'_>, Vec<usize>> {
    let mut groups: FxHashMap<Key<'_>, Vec<usize>> = FxHashMap::default();
    for frame in 0..profile.frames.len() {
        groups.entry(key(profile, frame)).or_default().push(frame);
    }
    for frames in groups.values_mut() {
        frames.sort_by_key(|frame| profile.frames[*frame].start);
    }
    groups
}

/// The profile's function for each of the compared one, [`NO_FRAME`] where it has none.
fn pairs(after: &Profile, before: &Profile) -> Vec<u32> {
    let mut of_before = vec![NO_FRAME; before.frames.len()];
    let (of_after, groups) = (groups(after), groups(before));
    let mut moves: FxHashMap<&str, Moves> = FxHashMap::default();
    let mut several = Vec::new();
    for (key, ours) in &groups {
        let Some(theirs) = of_after.get(key) else { continue };
        if let ([ours], [theirs]) = (&ours[..], &theirs[..])
            && (!key.name.is_empty() || key.source.is_err())
        {
            of_before[*ours] = number(*theirs);
            if let (Ok(source), Some(from), Some(to)) = (key.source, before.frames[*ours].start, after.frames[*theirs].start) {
                moves.entry(source).or_default().add(from, to);
            }
        } else {
            several.push((key, ours, theirs));
        }
    }
    for moves in moves.values_mut() {
        moves.by_line.sort_unstable();
    }
    for (key, ours, theirs) in several {
        let moves = key.source.ok().and_then(|source| moves.get(source));
        let mut by_start: FxHashMap<Option<Position>, Vec<usize>> = FxHashMap::default();
        for frame in theirs.iter().rev() {
            by_start.entry(after.frames[*frame].start).or_default().push(*frame);
        }
        let mut taken = FxHashSet::default();
        let mut unpaired = Vec::new();
        for frame in ours {
            let start = before.frames[*frame].start.map(|start| moves.map_or(start, |moves| moves.applied(start)));
            match by_start.get_mut(&start).and_then(Vec::pop) {
                Some(theirs) => {
                    of_before[*frame] = number(theirs);
                    taken.insert(theirs);
                }
                None => unpaired.push(*frame),
            }
        }
        if !moves.is_some_and(Moves::is_nothing) {
            for (frame, theirs) in unpaired.into_iter().zip(theirs.iter().filter(|theirs| !taken.contains(theirs))) {
                of_before[frame] = number(*theirs);
            }
        }
    }
    of_before
}

/// Where the uniquely named functions of a source went.
#[derive(Default)]
struct Moves {
    /// Line before, and how far it moved down.
    by_line: Vec<(u32, i64)>,
    any: bool,
}

impl Moves {
    fn add(&mut self, from: Position, to: Position) {
        self.by_line.push((from.line, i64::from(to.line) - i64::from(from.line)));
        self.any |= from != to;
    }

    fn is_nothing(&self) -> bool {
        !self.any
    }

    /// A place moved as far as the nearest function before it, else behind it.
    fn applied(&self, start: Position) -> Position {
        let behind = self.by_line.partition_point(|(line, _)| *line <= start.line);
        let by = self.by_line.get(behind.saturating_sub(1)).map_or(0, |(_, by)| *by);
        Position { line: u32::try_from(i64::from(start.line) + by).unwrap_or(start.line), ..start }
    }
}
