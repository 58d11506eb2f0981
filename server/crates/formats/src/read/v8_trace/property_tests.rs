//! Any bytes, and real traces with any bytes changed: no panic, every line counted once, tables that fit together.

use super::*;
use proptest::prelude::*;
use std::io::Cursor;

const SEEDS: [&[u8]; 3] = [
    include_bytes!("../../../fixtures/v8_trace/node18-inlining.txt"),
    include_bytes!("../../../fixtures/v8_trace/node26-inlining.txt"),
    include_bytes!("../../../fixtures/v8_trace/node26-deopt-verbose.txt"),
];

fn check(bytes: &[u8]) {
    let Ok(trace) = read_output(Cursor::new(bytes)) else { return };
    assert!(trace.profile.is_consistent());
    assert_eq!(trace.addresses.len(), trace.profile.frames.len());
    let dropped = |kind: &str| trace.profile.dropped.get(kind).copied().unwrap_or(0);
    let n_dropped = dropped("malformedTraceLines") + dropped("truncatedLines") + dropped("strayTraceLines");
    assert_eq!(trace.n_trace_lines + trace.n_program_lines + n_dropped, trace.n_lines);
    let decisions = &trace.profile.decisions;
    assert_eq!(decisions.deopts.iter().map(|row| row.count as usize).sum::<usize>(), decisions.deopt_events.len());
    assert_eq!(decisions.compilations.len(), trace.compilations.len());
    for row in &trace.refusals {
        assert!(u64::from(row.n_compilations) <= row.n_lines && row.n_compilations > 0);
    }
    for row in &trace.inlinings {
        assert!(u64::from(row.n_compilations) <= row.n_calls && row.n_compilations > 0);
    }
}

#[test]
fn the_seeds_are_understood() {
    for seed in SEEDS {
        let trace = read(seed).unwrap();
        assert!(trace.profile.dropped.is_empty(), "{:?}", trace.profile.dropped);
        assert!(trace.n_trace_lines > 20 && trace.n_program_lines <= 3, "{} {}", trace.n_trace_lines, trace.n_program_lines);
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    #[test]
    fn changed_bytes(seed in 0..SEEDS.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>(), is_cut: bool) {
        let mut bytes = SEEDS[seed].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            // Digits for digits keep lines readable, which reaches further.
            bytes[at] = if bytes[at].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        check(&bytes);
    }

    #[test]
    fn changed_lines(seed in 0..SEEDS.len(), moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12)) {
        let mut lines: Vec<&[u8]> = SEEDS[seed].split(|byte| *byte == b'\n').collect();
        for (from, to) in moves {
            let line = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len() + 1), line);
        }
        check(&lines.join(&b'\n'));
    }
}
