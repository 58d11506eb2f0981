//! Folded stacks: one line per stack, `outermost;…;innermost weight`, as this crate, stackcollapse scripts, perf with `--perf-basic-prof` and
//! 0x write them.
//!
//! How the parts of the format become parts of the model:
//!
//! - A line `# unit: …` before the stacks says what the numbers are: `microseconds` (what this crate writes), `milliseconds`, `nanoseconds`,
//!   `samples` or `bytes`. Without it they are samples, as stackcollapse scripts count them, and a sample is taken for 1 ms, which a note
//!   says. Of time and bytes it is not known how many samples they are: there are none. Other lines that begin with `#` are comments.
//! - Two numbers at the end of a line are those of a difference; the second one counts.
//! - A frame is a function with its place, where it ends in one: `name file:line`, `name file:line:column` or `name (file:line)`. The
//!   prefixes of V8 (`LazyCompile:*`, `JS:~`) tell tiers; perf's `_[i]`, `_[j]`, `_[k]` tell what is inlined, JavaScript, and the kernel.
//! - A name alone is native code where other frames of the file have places, and the program's own code where none has: such a file does
//!   not tell what is what.
//! - A no-break space in a frame is a space: this crate writes it so that frames can be told from places and weights.
//!
//! Kinds of [`Profile::dropped`]: `malformedLines`, `weightsTooLarge`, `unknownUnits`, `invalidText`.

mod label;

use self::label::{Label, Place};
use crate::read::{ReadError, source_of_url};
use profile::{Category, Frame, Location, LocationId, Position, Profile, ProfileBuilder};
use rustc_hash::FxHashMap;
use std::io::{BufRead, BufReader, Read};

/// Name of the format, for errors.
const FORMAT: &str = "folded stack file";

/// Largest sum of weights, 2⁵³.
const MOST: u64 = 1 << 53;

const US_PER_SAMPLE: u64 = 1000;

const ABOUT_SAMPLES: &str =
    "The file counts samples and does not tell how long they lasted: each is shown as 1 ms, so shares are right and times are not.";
const ABOUT_TIME: &str = "The file does not tell how many samples are behind a time.";
const ABOUT_DIFFERENCES: &str = "The file compares two profiles: what is shown is the second one.";

/// What a number of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Samples,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Bytes,
}

/// A line as it is: the stack, the number that counts, and whether another one is before it.
struct Line<'a> {
    stack: &'a str,
    weight: f64,
    is_difference: bool,
}

/// Reads folded stacks, line by line.
///
/// # Errors
/// When the input cannot be had, or no line of it is a stack with a number.
pub fn read(input: impl Read) -> Result<Profile, ReadError> {
    let mut input = BufReader::new(input);
    let mut stacks = Stacks::new();
    let mut bytes = Vec::new();
    let (mut n_lines, mut n_good) = (0u64, 0u64);
    while {
        bytes.clear();
        input.read_until(b'\n', &mut bytes)? > 0
    } {
        n_lines += 1;
        let text = String::from_utf8_lossy(&bytes);
        stacks.builder.drop_records("invalidText", u64::from(matches!(text, std::borrow::Cow::Owned(_))));
        let text = text.trim_end_matches(['\n', '\r']);
        if let Some(comment) = text.strip_prefix('#') {
            stacks.comment(comment);
        } else if let Some(line) = parse_line(text) {
            n_good += 1;
            stacks.add(&line);
        } else if !text.trim().is_empty() {
            stacks.builder.drop_records("malformedLines", 1);
        }
    }
    if n_good == 0 {
        let problem = if n_lines == 0 {
            "the file is empty".to_owned()
        } else {
            format!("none of its {n_lines} lines is a stack and a number, such as `main;render 12`")
        };
        return Err(ReadError::Format { format: FORMAT, problem });
    }
    Ok(stacks.finish())
}

/// Whether the beginning of a file is that of folded stacks: every whole line is a stack and a number, and one has a caller. `start` ends
/// where the file ends, or somewhere in it.
pub fn is_folded(start: &[u8], is_whole_file: bool) -> bool {
    let whole_lines = match start.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if !is_whole_file => &start[..end],
        _ => start,
    };
    let Ok(text) = std::str::from_utf8(whole_lines) else { return false };
    let mut has_caller = false;
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        match parse_line(line) {
            Some(line) => has_caller |= line.stack.contains(';'),
            None => return false,
        }
    }
    has_caller
}

fn parse_line(text: &str) -> Option<Line<'_>> {
    let (stack, weight) = split_number(text)?;
    let (stack, is_difference) = match split_number(stack) {
        Some((stack, _)) => (stack, true),
        None => (stack, false),
    };
    (!stack.trim().is_empty()).then_some(Line { stack, weight, is_difference })
}

/// A text and the number behind its last space.
fn split_number(text: &str) -> Option<(&str, f64)> {
    let (before, number) = text.trim_end_matches([' ', '\t']).rsplit_once([' ', '\t'])?;
    let is_number = number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| number.parse().ok()).flatten().map(|number| (before, number))
}

/// The stacks read so far.
struct Stacks {
    builder: ProfileBuilder,
    unit: Unit,
    /// What the sum of weights may still grow by.
    left: u64,
    left_samples: u32,
    has_differences: bool,
    /// Location and plainness of each distinct frame text.
    labels: FxHashMap<String, LocationId>,
    has_places: bool,
}

/// Frames that are a name alone have this category until all are known. Nothing else here has it.
const NAME_ALONE: Category = Category::Dependency;

impl Stacks {
    fn new() -> Self {
        Self {
            builder: ProfileBuilder::default(),
            unit: Unit::Samples,
            left: MOST,
            left_samples: u32::MAX,
            has_differences: false,
            labels: FxHashMap::default(),
            has_places: false,
        }
    }

    fn comment(&mut self, comment: &str) {
        let Some(unit) = comment.trim().strip_prefix("unit:") else { return };
        self.unit = match unit.trim() {
            "samples" => Unit::Samples,
            "nanoseconds" | "ns" => Unit::Nanoseconds,
            "microseconds" | "us" | "µs" => Unit::Microseconds,
            "milliseconds" | "ms" => Unit::Milliseconds,
            "bytes" => Unit::Bytes,
            _ => {
                self.builder.drop_records("unknownUnits", 1);
                return;
            }
        };
    }

    fn add(&mut self, line: &Line<'_>) {
        let weight = match self.unit {
            Unit::Samples => line.weight * US_PER_SAMPLE as f64,
            Unit::Nanoseconds => line.weight / 1e3,
            Unit::Microseconds | Unit::Bytes => line.weight,
            Unit::Milliseconds => line.weight * 1e3,
        };
        if weight > self.left as f64 {
            return self.builder.drop_records("weightsTooLarge", 1);
        }
        let weight = weight.round() as u64;
        self.left = self.left.saturating_sub(weight);
        self.has_differences |= line.is_difference;
        let mut node = None;
        for frame in line.stack.split(';') {
            let location = self.location(frame);
            node = Some(self.builder.node(node, location));
        }
        let Some(node) = node else { return };
        match self.unit {
            Unit::Samples => {
                // `as` saturates.
                let samples = (line.weight.round() as u32).min(self.left_samples);
                self.left_samples -= samples;
                self.builder.add_self(node, weight, samples);
            }
            Unit::Bytes => self.builder.add_self_bytes(node, weight),
            Unit::Nanoseconds | Unit::Microseconds | Unit::Milliseconds => self.builder.add_self(node, weight, 0),
        }
    }

    fn location(&mut self, text: &str) -> LocationId {
        if let Some(known) = self.labels.get(text) {
            return *known;
        }
        let label = label::parse(text);
        let location = self.intern(&label);
        self.labels.insert(text.to_owned(), location);
        location
    }

    fn intern(&mut self, label: &Label) -> LocationId {
        let Some(Place { url, line, column }) = &label.place else {
            return self.builder.plain_location(&label.name, label.category.unwrap_or(NAME_ALONE));
        };
        self.has_places = true;
        let category = if url.starts_with("wasm:") { Category::Native } else { Category::of_script(url) };
        let source = self.builder.source(source_of_url(url));
        let start = line.map(|line| Position { line, column: *column });
        let frame = self.builder.frame(Frame { name: label.name.clone(), source: Some(source), start, category });
        self.builder.location(Location { frame, source: Some(source), position: None, tier: label.tier, inlined: label.is_inlined })
    }

    fn finish(mut self) -> Profile {
        self.builder.notes.extend(match self.unit {
            Unit::Samples => Some(ABOUT_SAMPLES.to_owned()),
            Unit::Bytes => None,
            Unit::Nanoseconds | Unit::Microseconds | Unit::Milliseconds => Some(ABOUT_TIME.to_owned()),
        });
        if self.has_differences {
            self.builder.notes.push(ABOUT_DIFFERENCES.to_owned());
        }
        let mut profile = self.builder.finish();
        let name_alone = if self.has_places { Category::Native } else { Category::App };
        for frame in profile.frames.iter_mut().filter(|frame| frame.source.is_none() && frame.category == NAME_ALONE) {
            frame.category = name_alone;
        }
        profile
    }
}

#[cfg(test)]
mod tests;
