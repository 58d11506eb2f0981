//! V8 CPU profiles (`.cpuprofile`): what `node --cpu-prof` writes and what the inspector's `Profiler.stop` answers.
//!
//! How the parts of the format become parts of the model:
//!
//! - A sample lasts from its timestamp to the next one's, the last one until `endTime`. Timestamps are sorted first: V8 emits negative
//!   deltas when samples of two threads cross. Times count from the profile's `startTime`.
//! - `(root)` is not a node of the model; time on it is `(program)`'s. `(garbage collector)` becomes `(gc)` below no function.
//! - Functions with no script are native. Functions of scripts with no name, from `eval` and `new Function`, are [`Category::App`] of the
//!   source with the empty URL, and never have a line: lines of different texts would add up. Those of equal name and place are one.
//! - Lines come from `positionTicks`, and only where they can be trusted, see [`Options`]. The time of a line is in a node of its own, a
//!   sibling of the function's node; the timeline refers to the function's node.
//! - The ticks of a native function carry the line of the JavaScript that called it, so its time lies below that line.
//!
//! Kinds of [`Profile::dropped`]: `negativeDeltas` (sorted, nothing lost), `missingTimeDeltas`, `extraTimeDeltas`,
//! `samplesOfUnknownNodes`, `danglingChildren`, `secondParents`, `duplicateIds`, `nodesWithoutId`, `nodesWithoutFrame`, `cyclicNodes`,
//! `invalidText`, `hitsTooLarge`; and ticks whose line is not shown: `lineTicksWithoutSource`, `lineTicksAmbiguous`,
//! `lineTicksOutsideFunction`.

mod divide;
mod frames;
mod json;
mod lines;
mod model;
mod script_text;
mod times;
mod tree;

use crate::read::{ReadError, Scripts};
use profile::Profile;
use std::io::Read;

/// Key and value of `$tickmark`, in profiles that Tickmark wrote.
pub(crate) const INLINED_LEAVES: &str = "inlinedLeaves";
pub(crate) const OWN_NODE: &str = "ownNode";

/// Name of the format, for errors.
const FORMAT: &str = "V8 CPU profile";

/// Whether the ticks of a function inlined as the innermost one are on its caller's node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InlinedLeaves {
    /// Not known. A profile that shows the newer behaviour, or that Tickmark wrote, is taken as such, any other one as [`InlinedLeaves::OnCaller`].
    #[default]
    Unknown,
    /// V8 13 and older, Node up to 24: the innermost inlined function has no node, and its ticks carry *its* line, of *its* file, on the
    /// caller's node.
    OnCaller,
    /// V8 14 and newer, Node 25 and newer: every inlined function has a node.
    OwnNode,
}

impl InlinedLeaves {
    /// What a major version of Node does.
    pub fn of_node(major: u32) -> Self {
        if major >= 25 { Self::OwnNode } else { Self::OnCaller }
    }
}

/// What is known about a profile from elsewhere.
///
/// With [`InlinedLeaves::OnCaller`] a line is believed only where the texts of the scripts leave one explanation. Either the line lies in
/// the node's function, and no function elsewhere that this one calls by name, or that those call, has that line. Or it lies elsewhere, and
/// exactly one called function has it, which then gets the time. Otherwise the time stays on the function, without a line.
///
/// Functions are looked for in the scripts of the profile and in the modules these import by relative paths. A function that uses an
/// import whose text cannot be had has no lines. What a call by name cannot show is not seen: a function that was handed over as a value
/// under another name, from a script that is neither imported nor in any sample.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How inlined functions are represented.
    pub inlined_leaves: InlinedLeaves,
}

/// Reads a CPU profile. Also takes it wrapped as the inspector sends it: `{"profile": …}` or `{"result": {"profile": …}}`.
///
/// The whole input is held in memory while it is read.
pub fn read(input: impl Read, scripts: &dyn Scripts) -> Result<Profile, ReadError> {
    read_with(input, Options::default(), scripts)
}

/// Reads a CPU profile of which more is known.
pub fn read_with(mut input: impl Read, options: Options, scripts: &dyn Scripts) -> Result<Profile, ReadError> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let raw = json::parse(&bytes)?;
    drop(bytes);
    Ok(model::build(raw, options, scripts))
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
