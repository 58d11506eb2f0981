//! Any bytes as a V8 log, with everything that can be asked for: read or refused, and consistent.
#![no_main]

use formats::read::v8_log::{self, Options};
use formats::read::{ScriptFunction, Scripts};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// The same text for every script, so that offsets become lines.
struct Text;

impl Scripts for Text {
    fn text(&self, _: &str) -> Option<Arc<str>> {
        Some("123456789\n".repeat(20).into())
    }

    fn functions(&self, _: &str) -> Vec<ScriptFunction> {
        Vec::new()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let options = Options { shapes: true, functions_by_sfi: true, ..Options::default() };
    if let Ok(log) = v8_log::read(bytes, &options, &Text) {
        assert!(log.profile.is_consistent());
        assert!(log.functions_by_sfi.iter().all(|(_, frame)| frame.index() < log.profile.frames.len()));
        let merged = profile::merge::merge(vec![("a".into(), log.profile.clone()), ("b".into(), log.profile)]);
        assert!(merged.is_consistent());
    }
});
