//! Folded stacks: one line per stack, `outermost;…;innermost weight`, as flamegraph tools read them.
//!
//! The first line says what the numbers are: `# unit: microseconds`; flamegraph tools pass over it. Frames are `name file:line`, merged by
//! function. `;` in them becomes `:`, control characters become spaces. A space in a file's name, and one before a number at the end,
//! becomes a no-break space. [`crate::read::collapsed`] reads it back.

use super::labels::labels;
use profile::flame::FlameTree;
use profile::{Category, Profile};
use std::io::{self, Write};

/// What the number at the end of a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Time, in µs.
    #[default]
    Microseconds,
    /// Samples.
    Samples,
    /// Allocated bytes.
    Bytes,
}

impl Weight {
    /// What a profile is mainly of: bytes when it has no time at all.
    pub fn main_of(profile: &Profile) -> Self {
        let has_time = profile.tree.self_us.iter().any(|us| *us > 0);
        if profile.tree.has_bytes() && !has_time { Self::Bytes } else { Self::Microseconds }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Microseconds => "microseconds",
            Self::Samples => "samples",
            Self::Bytes => "bytes",
        }
    }
}

/// Writes folded stacks of everything but waiting, in no particular order.
pub fn write(profile: &Profile, weight: Weight, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# unit: {}", weight.unit())?;
    for_each_stack(profile, weight, |stack| writeln!(out, "{stack}"))
}

/// Calls `each` with every line, without its end.
pub(super) fn for_each_stack(profile: &Profile, weight: Weight, mut each: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let labels: Vec<String> = labels(profile).iter().map(|label| frame_text(label)).collect();
    let tree = FlameTree::of(profile, |category| category != Category::Idle);
    // Samples of a node itself: its samples less its children's.
    let own_samples = |row: u32| -> u64 {
        let samples = |row: &u32| tree.node(*row).map_or(0, |node| node.samples);
        samples(&row).saturating_sub(tree.children(Some(row)).iter().map(samples).sum())
    };
    let mut line = String::new();
    let mut path = Vec::new();
    for row in 0..u32::try_from(tree.len()).unwrap_or(u32::MAX) {
        let Some(node) = tree.node(row) else { break };
        let amount = match weight {
            Weight::Microseconds => node.self_us,
            Weight::Samples => own_samples(row),
            Weight::Bytes => node.self_bytes,
        };
        if amount == 0 {
            continue;
        }
        path.clear();
        let mut at = Some(row);
        while let Some(node) = at.and_then(|row| tree.node(row)) {
            path.push(node.frame);
            at = node.parent;
        }
        line.clear();
        for (i, frame) in path.iter().rev().enumerate() {
            if i > 0 {
                line.push(';');
            }
            line.push_str(&labels[frame.index()]);
        }
        line.push(' ');
        line.push_str(&amount.to_string());
        each(&line)?;
    }
    Ok(())
}

/// A label as one frame of a line. Readers take a second number at the end of a line for a difference, so a label does not end with one.
pub(super) fn frame_text(label: &str) -> String {
    let text: String = label
        .chars()
        .map(|c| match c {
            ';' => ':',
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    match text.trim_end().rsplit_once(' ') {
        Some((before, last)) if last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => format!("{before}\u{a0}{last}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample;

    fn written(weight: Weight) -> String {
        let mut out = Vec::new();
        write(&sample::profile(), weight, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn labels_in_lines() {
        fn check(label: &str, expected: &str) {
            assert_eq!(frame_text(label), expected);
        }
        check("f src/a b.js:3", "f src/a b.js:3");
        check("RegExp: a;\nb", "RegExp: a: b");
        check("RegExp: x 12", "RegExp: x\u{a0}12");
        check("RegExp: x 1.5 ", "RegExp: x\u{a0}1.5");
        check("12", "12");
        check("", "");
    }

    #[test]
    fn folded_stacks() {
        insta::assert_snapshot!(written(Weight::Microseconds));
    }

    #[test]
    fn weights_add_up() {
        let profile = sample::profile();
        let sum =
            |weight| written(weight).lines().skip(1).map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum::<u64>();
        let of_active = |amounts: &dyn Fn(usize) -> u64| {
            let is_active = |node: &profile::NodeId| profile.category_of(*node) != Category::Idle;
            profile.tree.ids().filter(is_active).map(|node| amounts(node.index())).sum::<u64>()
        };
        assert_eq!(sum(Weight::Microseconds), of_active(&|node| profile.tree.self_us[node]));
        assert_eq!(sum(Weight::Samples), of_active(&|node| u64::from(profile.tree.self_samples[node])));
    }
}
