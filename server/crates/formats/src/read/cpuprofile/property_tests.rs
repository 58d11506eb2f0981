//! Properties of any input.

use super::*;
use crate::read::NoScripts;
use proptest::prelude::*;

const SEEDS: [&[u8]; 3] = [
    include_bytes!("../../../fixtures/cpuprofile/node24-xfile.cpuprofile"),
    include_bytes!("../../../fixtures/cpuprofile/node26-xfile.cpuprofile"),
    include_bytes!("../../../fixtures/cpuprofile/node20-lines-1000.cpuprofile"),
];

fn check(bytes: &[u8]) {
    if let Ok(profile) = read(bytes, &NoScripts) {
        assert!(profile.is_consistent());
        if !profile.samples.is_empty() {
            assert_eq!(profile.tree.self_us.iter().sum::<u64>(), profile.samples.duration_us.iter().sum::<u64>());
            assert_eq!(profile.tree.self_samples.iter().map(|n| u64::from(*n)).sum::<u64>(), profile.samples.len() as u64);
        }
        assert!(profile.samples.time_us.is_sorted());
    }
}

prop_compose! {
    /// Nodes with any links, hits, ticks and samples, as JSON.
    fn any_profile()(
        nodes in prop::collection::vec((-2i64..20, prop::collection::vec(-2i64..20, 0..4), 0u64..5, 0u32..4, prop::option::of(-2i64..20)), 0..20),
        samples in prop::collection::vec((-2i64..20, prop_oneof![-50i64..500, any::<i64>()]), 0..40),
        end in prop::option::of(any::<i64>()),
    ) -> String {
        let names = ["(root)", "(garbage collector)", "native", "f"];
        let nodes: Vec<String> = nodes.iter().map(|(id, children, hits, name, parent)| {
            let url = if *name == 3 { "/app/a.js" } else { "" };
            let parent = parent.map_or(String::new(), |parent| format!(r#""parent":{parent},"#));
            format!(
                r#"{{"id":{id},{parent}"callFrame":{{"functionName":"{}","scriptId":"0","url":"{url}","lineNumber":{id},"columnNumber":1}},"hitCount":{hits},"children":{children:?},"positionTicks":[{{"line":{},"ticks":{hits}}}]}}"#,
                names[*name as usize], id + 2,
            )
        }).collect();
        let (samples, deltas): (Vec<i64>, Vec<i64>) = samples.into_iter().unzip();
        let end = end.map_or(String::new(), |end| format!(r#","endTime":{end}"#));
        format!(r#"{{"nodes":[{}],"startTime":5,"samples":{samples:?},"timeDeltas":{deltas:?}{end}}}"#, nodes.join(","))
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn changed_bytes(seed in 0..SEEDS.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), is_cut: bool) {
        let mut bytes = SEEDS[seed].to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            // Digits for digits keep the file readable, which reaches further.
            bytes[at] = if bytes[at].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        check(&bytes);
    }

    #[test]
    fn any_links(text in any_profile()) {
        let profile = read(text.as_bytes(), &NoScripts);
        prop_assert!(profile.is_ok(), "{:?}", profile.err());
        check(text.as_bytes());
    }
}
