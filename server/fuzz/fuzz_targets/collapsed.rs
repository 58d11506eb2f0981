//! Any bytes as folded stacks: read or refused, consistent, and writable.
#![no_main]

use formats::read::collapsed;
use formats::write;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(profile) = collapsed::read(bytes) else { return };
    assert!(profile.is_consistent());
    write::pprof::write(&profile, &mut Vec::new()).expect("memory takes everything");
});
