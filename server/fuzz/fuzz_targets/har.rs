//! Any text as an HTTP archive: read or refused, every entry sent or told of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use load::{Plan, Target, requests};

fuzz_target!(|text: &str| {
    let target = Target::parse("http://localhost:3000/").expect("an address");
    let Ok(recorded) = requests::from_har(text, &target) else { return };
    assert!(!recorded.requests.is_empty() && !recorded.origin.is_empty());
    if let Err(error) = (Plan { requests: recorded.requests, ..Plan::get(target) }).check() {
        assert!(!error.problem.is_empty());
    }
});
