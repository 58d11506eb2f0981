//! Any bytes as a trace: read or refused, consistent, and every line counted once.
#![no_main]

use formats::read::v8_trace;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let is_trace = v8_trace::is_trace(bytes);
    if let Ok(trace) = v8_trace::read_output(bytes) {
        assert!(trace.profile.is_consistent());
        assert!(trace.n_trace_lines > 0 || !is_trace);
        assert!(trace.n_trace_lines + trace.n_program_lines <= trace.n_lines);
    }
});
