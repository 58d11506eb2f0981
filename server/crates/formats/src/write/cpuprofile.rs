//! V8's `.cpuprofile`, which Chrome's DevTools and VS Code open.
//!
//! Nodes are merged by function; exact lines become `positionTicks`, those of native code with the line of the JavaScript that called it,
//! as V8 does. Lines of calls between functions, columns of lines, tiers, and which functions were inlined have no place in the format.
//! `$tickmark` says that every inlined function has a node: without that, lines from Node 24 and older cannot be trusted.

use super::collapsed::Weight;
use super::json::{column, list};
use crate::read::cpuprofile::{INLINED_LEAVES, OWN_NODE};
use profile::{Category, Frame, FrameId, NodeId, Profile};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Id of V8's `(root)`; node `n` of the merged tree has the id `n + 2`.
const ROOT_ID: u64 = 1;

/// Writes a CPU profile. Times count from 0.
///
/// The format has no durations: a sample lasts until the next one. Gaps between samples become samples of `(root)`; without moments, every
/// stack is one sample that lasts its whole time.
///
/// # Errors
/// When `out` takes no more; `InvalidInput` when the profile has allocations and no time, for which the format has no place.
pub fn write(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    if Weight::main_of(profile) == Weight::Bytes {
        let problem = "the profile has allocations and no CPU time: write it as pprof, speedscope or folded stacks";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let merged = Merged::of(profile);
    out.write_all(br#"{"nodes":["#)?;
    let root = Node {
        id: ROOT_ID,
        call_frame: CallFrame { function_name: "(root)", script_id: "0".into(), url: "", line_number: -1, column_number: -1 },
        hit_count: 0,
        children: &merged.roots,
        position_ticks: Vec::new(),
    };
    serde_json::to_writer(&mut *out, &root)?;
    for (row, node) in merged.nodes.iter().enumerate() {
        out.write_all(b",")?;
        let position_ticks = node.ticks.iter().map(|(line, ticks)| Tick { line: *line, ticks: *ticks }).collect();
        let call_frame = CallFrame::of(profile, profile.frame(node.frame));
        let node = Node { id: id_of(row), call_frame, hit_count: node.hits, children: &node.children, position_ticks };
        serde_json::to_writer(&mut *out, &node)?;
    }
    let (samples, deltas, end_us) = merged.moments(profile);
    write!(out, r#"],"$tickmark":{{"{INLINED_LEAVES}":"{OWN_NODE}"}},"startTime":0,"endTime":{end_us}"#)?;
    column(out, false, "samples", samples)?;
    out.write_all(br#","timeDeltas":"#)?;
    list(out, deltas)?;
    out.write_all(b"}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node<'a> {
    id: u64,
    call_frame: CallFrame<'a>,
    hit_count: u64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    children: &'a [u64],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    position_ticks: Vec<Tick>,
}

#[derive(Serialize)]
struct Tick {
    line: u32,
    ticks: u64,
}

/// Line and column are 0-based, -1 when there is none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallFrame<'a> {
    function_name: &'a str,
    script_id: String,
    url: &'a str,
    line_number: i64,
    column_number: i64,
}

impl<'a> CallFrame<'a> {
    fn of(profile: &'a Profile, frame: &'a Frame) -> Self {
        let zero_based = |number: Option<u32>| number.map_or(-1, |number| i64::from(number) - 1);
        Self {
            function_name: match frame.category {
                Category::Gc => "(garbage collector)",
                _ => &frame.name,
            },
            script_id: frame.source.map_or("0".into(), |source| (source.index() + 1).to_string()),
            url: frame.source.map_or("", |source| &profile.source(source).url),
            line_number: zero_based(frame.start.map(|start| start.line)),
            column_number: zero_based(frame.start.map(|start| start.column)),
        }
    }
}

/// The tree merged by function.
struct Merged {
    nodes: Vec<MergedNode>,
    /// Ids.
    roots: Vec<u64>,
    /// Row of `nodes` of each node of the profile.
    row_of: Vec<usize>,
}

struct MergedNode {
    frame: FrameId,
    hits: u64,
    /// Ids.
    children: Vec<u64>,
    /// Samples by line.
    ticks: BTreeMap<u32, u64>,
}

impl Merged {
    fn of(profile: &Profile) -> Self {
        let mut rows: FxHashMap<(Option<usize>, FrameId), usize> = FxHashMap::default();
        let mut merged = Self { nodes: Vec::new(), roots: Vec::new(), row_of: Vec::with_capacity(profile.tree.len()) };
        for node in profile.tree.ids() {
            let parent = profile.tree.parent(node).map(|parent| merged.row_of[parent.index()]);
            let location = profile.location(profile.tree.location(node));
            let row = *rows.entry((parent, location.frame)).or_insert_with(|| {
                let row = merged.nodes.len();
                merged.nodes.push(MergedNode { frame: location.frame, hits: 0, children: Vec::new(), ticks: BTreeMap::new() });
                match parent {
                    Some(parent) => merged.nodes[parent].children.push(id_of(row)),
                    None => merged.roots.push(id_of(row)),
                }
                row
            });
            let samples = u64::from(profile.tree.self_samples[node.index()]);
            merged.nodes[row].hits += samples;
            if samples > 0
                && let Some(line) = line_of(profile, node)
            {
                *merged.nodes[row].ticks.entry(line).or_default() += samples;
            }
            merged.row_of.push(row);
        }
        merged
    }

    fn id(&self, node: NodeId) -> u64 {
        id_of(self.row_of[node.index()])
    }

    /// Samples, time deltas, and the end.
    fn moments(&self, profile: &Profile) -> (Vec<u64>, Vec<u64>, u64) {
        let (mut samples, mut deltas) = (Vec::new(), Vec::new());
        let (mut last_us, mut end_us) = (0u64, 0u64);
        let mut push = |id: u64, time_us: u64| {
            samples.push(id);
            deltas.push(time_us - last_us);
            last_us = time_us;
        };
        if profile.samples.is_empty() {
            for node in profile.tree.ids().filter(|node| profile.tree.self_us[node.index()] > 0) {
                push(self.id(node), end_us);
                end_us += profile.tree.self_us[node.index()];
            }
            return (samples, deltas, end_us);
        }
        for row in 0..profile.samples.len() {
            let time_us = profile.samples.time_us[row].max(end_us);
            if time_us > end_us && row > 0 {
                push(ROOT_ID, end_us);
            }
            push(self.id(profile.samples.node[row]), time_us);
            end_us = time_us + profile.samples.duration_us[row];
        }
        (samples, deltas, end_us)
    }
}

/// The line that a node's samples have; of native code, the line of the JavaScript that called it.
fn line_of(profile: &Profile, node: NodeId) -> Option<u32> {
    let mut at = node;
    while profile.frame(profile.location(profile.tree.location(at)).frame).category.belongs_to_caller() {
        at = profile.tree.parent(at)?;
    }
    let location = profile.location(profile.tree.location(at));
    let is_own = location.source == profile.frame(location.frame).source;
    location.position.filter(|_| is_own).map(|position| position.line)
}

fn id_of(row: usize) -> u64 {
    row as u64 + ROOT_ID + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{NoScripts, cpuprofile};
    use crate::write::sample;
    use profile::flame::FlameTree;
    use profile::totals::{LineTotal, Totals};

    fn written(profile: &Profile) -> Vec<u8> {
        let mut out = Vec::new();
        write(profile, &mut out).unwrap();
        out
    }

    #[test]
    fn nodes_and_samples() {
        insta::assert_json_snapshot!(serde_json::from_slice::<serde_json::Value>(&written(&sample::profile())).unwrap());
    }

    /// `name self/total` of each merged node.
    fn totals(profile: &Profile) -> Vec<String> {
        let tree = FlameTree::of(profile, |_| true);
        let nodes = (0..tree.len()).map(|row| tree.node(row as u32).unwrap());
        let mut shown: Vec<String> =
            nodes.map(|node| format!("{} {}/{} {}", profile.frame(node.frame).name, node.self_us, node.total_us, node.samples)).collect();
        shown.sort();
        shown
    }

    /// `path:line self` of each line with time of its own; native code's is its caller's.
    fn lines(profile: &Profile) -> Vec<String> {
        let shown = |line: &LineTotal| format!("{}:{} {}", profile.source(line.source).url, line.line, line.cost.self_us);
        let mut shown: Vec<String> = Totals::of(profile).lines.iter().filter(|line| line.cost.self_us > 0).map(shown).collect();
        shown.sort();
        shown
    }

    #[test]
    fn lines_and_what_native_code_takes_for_them_are_read_again() {
        let profile = sample::profile();
        let again = cpuprofile::read(written(&profile).as_slice(), &NoScripts).unwrap();
        assert_eq!(lines(&profile), ["/app/lib/routes.js:12 200", "/app/node_modules/lib/a.js:4 750"]);
        // One of the function's two samples, and so half of its time.
        assert_eq!(lines(&again), ["/app/lib/routes.js:12 250", "/app/node_modules/lib/a.js:4 750"]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut without_moments = sample::profile();
        without_moments.samples = Default::default();
        let measured = include_bytes!("../../fixtures/cpuprofile/node20-lines-1000.cpuprofile").as_slice();
        for (profile, keeps_samples) in
            [(sample::profile(), true), (without_moments, false), (cpuprofile::read(measured, &NoScripts).unwrap(), true)]
        {
            let again = cpuprofile::read(written(&profile).as_slice(), &NoScripts).unwrap();
            let mut expected = totals(&profile);
            let mut found = totals(&again);
            if !keeps_samples {
                // Samples of one stack have become one.
                let without_samples = |shown: &mut Vec<String>| {
                    for line in shown {
                        line.truncate(line.rfind(' ').unwrap());
                    }
                };
                without_samples(&mut expected);
                without_samples(&mut found);
            }
            assert_eq!(found, expected);
        }
    }
}
