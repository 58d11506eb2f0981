//! Any bytes as a V8 log: read or refused, and consistent.
#![no_main]

use formats::read::NoScripts;
use formats::read::v8_log::{self, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(log) = v8_log::read(bytes, &Options::default(), &NoScripts) {
        assert!(log.profile.is_consistent());
    }
});
