//! Any bytes as a CPU profile: read or refused, consistent, and writable again.
#![no_main]

use formats::read::{NoScripts, cpuprofile};
use formats::write;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(profile) = cpuprofile::read(bytes, &NoScripts) else { return };
    assert!(profile.is_consistent());
    if !profile.samples.is_empty() {
        assert_eq!(profile.tree.self_us.iter().sum::<u64>(), profile.samples.duration_us.iter().sum::<u64>());
    }
    let mut written = Vec::new();
    write::cpuprofile::write(&profile, &mut written).expect("memory takes everything");
    let again = cpuprofile::read(written.as_slice(), &NoScripts).expect("what was written can be read");
    // Gaps, where samples could not be used, become time of the program.
    assert!(again.tree.self_us.iter().sum::<u64>() >= profile.tree.self_us.iter().sum::<u64>());
});
