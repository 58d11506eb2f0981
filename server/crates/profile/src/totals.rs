//! Self and total time and bytes of functions and lines, recursion-safe: each counts once per stack.

use crate::attribution::owners;
use crate::handles::{FrameId, LocationId, SourceId};
use crate::model::{Location, Profile, Tier};
use crate::tree::Visit;
use rustc_hash::FxHashMap;
use serde::Serialize;

/// Times, sample counts and allocated bytes of a function or line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Time executing it, native code it calls directly included, in µs.
    pub self_us: u64,
    /// Time with it on the stack, in µs.
    pub total_us: u64,
    /// Samples behind `self_us`.
    pub self_samples: u64,
    /// Samples behind `total_us`.
    pub total_samples: u64,
    /// Bytes allocated executing it, native code it calls directly included; 0 when not recorded.
    pub self_bytes: u64,
    /// Bytes allocated with it on the stack; 0 when not recorded.
    pub total_bytes: u64,
}

impl Cost {
    fn add_total(&mut self, amount: Amount) {
        self.total_us += amount.us;
        self.total_samples += amount.samples;
        self.total_bytes = self.total_bytes.saturating_add(amount.bytes);
    }

    fn add_self(&mut self, amount: Amount) {
        self.self_us += amount.us;
        self.self_samples += amount.samples;
        self.self_bytes = self.self_bytes.saturating_add(amount.bytes);
    }

    fn is_measured(&self) -> bool {
        self.total_samples > 0 || self.total_us > 0 || self.total_bytes > 0
    }
}

/// What a node, or all below it, adds.
#[derive(Clone, Copy)]
struct Amount {
    us: u64,
    samples: u64,
    bytes: u64,
}

/// Cost of one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionTotal {
    /// The function.
    pub frame: FrameId,
    /// Its cost.
    pub cost: Cost,
    /// Self time by tier, in µs, in the order of [`Tier::ALL`].
    pub tier_us: [u64; 5],
}

impl FunctionTotal {
    /// The tier with most self time.
    pub fn tier(&self) -> Tier {
        let hottest = (0..Tier::ALL.len()).max_by_key(|tier| (self.tier_us[*tier], std::cmp::Reverse(*tier)));
        match hottest {
            Some(tier) if self.tier_us[tier] > 0 => Tier::ALL[tier],
            _ => Tier::Unknown,
        }
    }
}

/// Cost of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTotal {
    /// The source.
    pub source: SourceId,
    /// 1-based line.
    pub line: u32,
    /// Its cost.
    pub cost: Cost,
}

/// Time of calls from one function to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallEdge {
    /// The calling function.
    pub caller: FrameId,
    /// The called function.
    pub callee: FrameId,
    /// Time with this call on the stack, in µs; counts once per stack.
    pub total_us: u64,
    /// Samples behind it.
    pub samples: u64,
    /// Bytes allocated with this call on the stack; counts once per stack.
    pub total_bytes: u64,
}

/// Everything that one walk over the tree adds up.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// JavaScript functions, most self time first; without time, most self bytes.
    pub functions: Vec<FunctionTotal>,
    /// Lines, most self time first; without time, most self bytes.
    pub lines: Vec<LineTotal>,
    /// Calls, most time first.
    pub edges: Vec<CallEdge>,
}

impl Totals {
    /// Adds up a profile.
    pub fn of(profile: &Profile) -> Self {
        let subtree_us = profile.tree.subtree_us();
        let subtree_samples = profile.tree.subtree_samples();
        let subtree_bytes = profile.tree.subtree_bytes();
        let bytes_of = |column: &[u64], row: usize| column.get(row).copied().unwrap_or(0);
        let mut functions: Vec<(Cost, [u64; 5])> = vec![Default::default(); profile.frames.len()];
        let (line_of_location, line_keys) = number_lines(profile);
        let mut lines: Vec<Cost> = vec![Cost::default(); line_keys.len()];
        let mut edges: FxHashMap<(FrameId, FrameId), EdgeSum> = FxHashMap::default();
        let owners = owners(profile);
        let mut functions_on_path = vec![0u32; profile.frames.len()];
        let mut lines_on_path = vec![0u32; line_keys.len()];

        profile.tree.walk(|node, visit| {
            let location_id = profile.tree.location(node);
            let location = profile.location(location_id);
            let function = location.frame.index();
            let line = line_of_location[location_id.index()];
            let row = node.index();
            let below = Amount { us: subtree_us[row], samples: subtree_samples[row], bytes: bytes_of(&subtree_bytes, row) };
            let edge = profile.tree.parent(node).map(|parent| (profile.frame_of(parent), location.frame));
            if visit == Visit::Leave {
                functions_on_path[function] -= 1;
                if let Some(line) = line {
                    lines_on_path[line] -= 1;
                }
                if let Some(edge) = edge.and_then(|edge| edges.get_mut(&edge)) {
                    edge.on_path -= 1;
                }
                return;
            }
            if functions_on_path[function] == 0 {
                functions[function].0.add_total(below);
            }
            functions_on_path[function] += 1;
            if let Some(line) = line {
                if lines_on_path[line] == 0 {
                    lines[line].add_total(below);
                }
                lines_on_path[line] += 1;
            }
            if let Some(edge) = edge {
                let sum = edges.entry(edge).or_default();
                if sum.on_path == 0 {
                    sum.total_us += below.us;
                    sum.samples += below.samples;
                    sum.total_bytes = sum.total_bytes.saturating_add(below.bytes);
                }
                sum.on_path += 1;
            }
            let own = Amount {
                us: profile.tree.self_us[row],
                samples: u64::from(profile.tree.self_samples[row]),
                bytes: bytes_of(&profile.tree.self_bytes, row),
            };
            if own.samples == 0 && own.us == 0 && own.bytes == 0 {
                return;
            }
            if let Some(owner) = owners[row] {
                let location_id = profile.tree.location(owner);
                let location = profile.location(location_id);
                let (cost, tiers) = &mut functions[location.frame.index()];
                cost.add_self(own);
                tiers[tier_row(location)] += own.us;
                if let Some(line) = line_of_location[location_id.index()] {
                    lines[line].add_self(own);
                }
            }
        });

        Self { functions: sorted_functions(profile, functions), lines: sorted_lines(&line_keys, &lines), edges: sorted_edges(edges) }
    }
}

#[derive(Default)]
struct EdgeSum {
    total_us: u64,
    samples: u64,
    total_bytes: u64,
    on_path: u32,
}

fn tier_row(location: &Location) -> usize {
    Tier::ALL.iter().position(|tier| *tier == location.tier).unwrap_or(Tier::ALL.len() - 1)
}

/// Numbers the distinct lines: the row of each location, and the line of each row.
fn number_lines(profile: &Profile) -> (Vec<Option<usize>>, Vec<(SourceId, u32)>) {
    let mut rows: FxHashMap<(SourceId, u32), usize> = FxHashMap::default();
    let mut keys = Vec::new();
    let of_location = (0..profile.locations.len())
        .map(|row| {
            let location = profile.location(LocationId::new(row));
            let key = (location.source?, location.position?.line);
            Some(*rows.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() - 1
            }))
        })
        .collect();
    (of_location, keys)
}

fn sorted_functions(profile: &Profile, sums: Vec<(Cost, [u64; 5])>) -> Vec<FunctionTotal> {
    let mut functions: Vec<FunctionTotal> = sums
        .into_iter()
        .enumerate()
        .map(|(frame, (cost, tier_us))| FunctionTotal { frame: FrameId::new(frame), cost, tier_us })
        .filter(|row| row.cost.is_measured() && profile.frame(row.frame).category.is_javascript())
        .collect();
    functions.sort_by(|a, b| rank(&b.cost).cmp(&rank(&a.cost)).then(a.frame.cmp(&b.frame)));
    functions
}

fn sorted_lines(keys: &[(SourceId, u32)], sums: &[Cost]) -> Vec<LineTotal> {
    let mut lines: Vec<LineTotal> = keys
        .iter()
        .zip(sums)
        .filter(|(_, cost)| cost.is_measured())
        .map(|((source, line), cost)| LineTotal { source: *source, line: *line, cost: *cost })
        .collect();
    lines.sort_by(|a, b| rank(&b.cost).cmp(&rank(&a.cost)).then((a.source, a.line).cmp(&(b.source, b.line))));
    lines
}

fn sorted_edges(sums: FxHashMap<(FrameId, FrameId), EdgeSum>) -> Vec<CallEdge> {
    let mut edges: Vec<CallEdge> = sums
        .into_iter()
        .filter(|(_, sum)| sum.samples > 0 || sum.total_us > 0 || sum.total_bytes > 0)
        .map(|((caller, callee), sum)| CallEdge {
            caller,
            callee,
            total_us: sum.total_us,
            samples: sum.samples,
            total_bytes: sum.total_bytes,
        })
        .collect();
    edges.sort_by(|a, b| {
        (b.total_us, b.total_bytes).cmp(&(a.total_us, a.total_bytes)).then((a.caller, a.callee).cmp(&(b.caller, b.callee)))
    });
    edges
}

fn rank(cost: &Cost) -> (u64, u64, u64, u64) {
    (cost.self_us, cost.total_us, cost.self_bytes, cost.total_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Position, ProfileBuilder, Source};
    use crate::{Attribution, Category};

    /// Builds a profile from stacks, outermost first: `name:line` is JavaScript, `~name` native, `(gc)` a pseudo-frame.
    fn profile(stacks: &[(&str, u64)]) -> Profile {
        let mut builder = ProfileBuilder::default();
        let source = builder.source(Source { url: "/app/a.js".into(), path: Some("/app/a.js".into()) });
        for (stack, us) in stacks {
            let mut node = None;
            for part in stack.split(' ') {
                let location = if let Some(name) = part.strip_prefix('~') {
                    builder.plain_location(name, Category::Native)
                } else if part.starts_with('(') {
                    builder.plain_location(part, Category::Gc)
                } else {
                    let (name, line) = part.split_once(':').unwrap();
                    let frame = builder.frame(Frame { name: name.into(), source: Some(source), start: None, category: Category::App });
                    let position = line.parse().ok().map(|line| Position { line, column: 1 });
                    builder.location(Location { frame, source: Some(source), position, tier: Tier::Turbofan, inlined: false })
                };
                node = Some(builder.node(node, location));
            }
            builder.sample(0, *us, node.unwrap());
        }
        builder.finish()
    }

    fn check(stacks: &[(&str, u64)], functions: &[&str], lines: &[&str]) {
        let profile = profile(stacks);
        let totals = Totals::of(&profile);
        let shown: Vec<String> = totals
            .functions
            .iter()
            .map(|row| format!("{} {}/{}", profile.frame(row.frame).name, row.cost.self_us, row.cost.total_us))
            .collect();
        assert_eq!(shown, functions);
        let shown: Vec<String> =
            totals.lines.iter().map(|row| format!("{} {}/{}", row.line, row.cost.self_us, row.cost.total_us)).collect();
        assert_eq!(shown, lines);
    }

    #[test]
    fn self_and_total() {
        check(&[("a:1 b:5", 3), ("a:2 b:6", 4), ("a:2", 1)], &["b 7/7", "a 1/8"], &["6 4/4", "5 3/3", "2 1/5", "1 0/3"]);
    }

    #[test]
    fn recursion_counts_once_per_stack() {
        check(&[("f:1 f:1 f:1 f:2", 10), ("f:1 g:7 f:1", 5)], &["f 15/15", "g 0/5"], &["2 10/10", "1 5/15", "7 0/5"]);
    }

    #[test]
    fn native_time_is_self_time_of_the_calling_line() {
        check(&[("a:1 ~replace", 9), ("(gc)", 4)], &["a 9/9"], &["1 9/9"]);
    }

    #[test]
    fn function_without_line_has_no_line_row() {
        check(&[("a:?", 9)], &["a 9/9"], &[]);
        let shares = Attribution::of(&profile(&[("a:?", 1), ("a:2", 3), ("(gc)", 50)])).shares();
        assert_eq!(shares, [0.75, 0.25, 0.0]);
    }

    #[test]
    fn bytes_count_as_time_does() {
        let mut profile = profile(&[("f:1 f:2", 0), ("f:1", 0), ("f:1 ~slice", 0), ("(gc)", 0)]);
        profile.tree.self_samples.fill(0);
        // `f:1`, `f:1 f:2`, `~slice` below `f:1`, and `(gc)`: nodes in the order of making.
        profile.tree.self_bytes = vec![1, 10, 100, 1000];
        let totals = Totals::of(&profile);
        let bytes = |cost: &Cost| (cost.self_bytes, cost.total_bytes);
        assert_eq!(totals.functions.iter().map(|row| bytes(&row.cost)).collect::<Vec<_>>(), [(111, 111)]);
        let lines: Vec<_> = totals.lines.iter().map(|row| (row.line, bytes(&row.cost))).collect();
        assert_eq!(lines, [(1, (101, 111)), (2, (10, 10))]);
    }

    #[test]
    fn native_code_of_any_depth_belongs_to_its_caller() {
        // As deep as a made-up file is; looked for anew from each node, the caller would take minutes.
        const DEPTH: usize = 200_000;
        let mut builder = ProfileBuilder::default();
        let frame = builder.frame(Frame { name: "f".into(), source: None, start: None, category: Category::App });
        let location = builder.location(Location { frame, source: None, position: None, tier: Tier::Unknown, inlined: false });
        let native = builder.plain_location("native", Category::Native);
        let mut node = builder.node(None, location);
        for _ in 0..DEPTH {
            node = builder.node(Some(node), native);
            builder.add_self(node, 1, 1);
        }
        let profile = builder.finish();
        assert_eq!(Totals::of(&profile).functions[0].cost.self_us, DEPTH as u64);
        assert_eq!(Attribution::of(&profile).function_us, DEPTH as u64);
    }

    #[test]
    fn edges_count_once_per_stack() {
        let profile = profile(&[("a:1 b:2 a:1 b:2", 10), ("a:1 c:3", 1)]);
        let totals = Totals::of(&profile);
        let shown: Vec<String> = totals
            .edges
            .iter()
            .map(|edge| format!("{}→{} {}", profile.frame(edge.caller).name, profile.frame(edge.callee).name, edge.total_us))
            .collect();
        assert_eq!(shown, ["a→b 10", "b→a 10", "a→c 1"]);
    }
}
