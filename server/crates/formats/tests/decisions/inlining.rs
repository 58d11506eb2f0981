//! Every inlined call that V8 traces and that ended in code is known, and none is invented.
//!
//! Log and trace differ in one thing. `V8FileLogger::LogSourceCodeInformation` (src/logging/log.cc) writes the table of inlined calls only
//! when at least one instruction of the code has a position in an inlined function. Where a compiler reduces all that it inlined to
//! nothing that could be at a place, as `withTry({ y: { z: x } })` to `x`, the log does not tell that anything was inlined. These
//! tests look at the log's own text for such code, compilation by compilation, and leave nothing else out.

use crate::recording::{Recording, name, nodes, programs, shown, v8_major};
use crate::traces::{Compilation, compilations};
use formats::read::v8_log::{Options, V8Log};
use profile::Tier;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Compilations one after another, so that what is traced belongs to the function that is traced around it.
const FLAGS: [&str; 3] = ["--trace-opt", "--trace-turbo-inlining", "--no-concurrent-recompilation"];

/// The names of functions by the addresses that a trace prints; `?` for one that the log does not tell of.
struct Names<'a> {
    log: &'a V8Log,
    by_sfi: BTreeMap<u64, &'a str>,
}

impl<'a> Names<'a> {
    fn of(log: &'a V8Log) -> Self {
        let by_sfi = log.functions_by_sfi.iter().map(|(address, frame)| (address + 1, name(&log.profile, *frame))).collect();
        Self { log, by_sfi }
    }

    fn of_address(&self, tagged: u64) -> &'a str {
        self.by_sfi.get(&tagged).copied().unwrap_or("?")
    }

    /// Callee and function it is inlined into, and how often; of compilations whose code has a table in the log.
    fn traced(&self, compilations: &[Compilation], tables: &BTreeMap<(u64, bool), Vec<bool>>) -> BTreeMap<(&'a str, &'a str), usize> {
        let mut pairs = BTreeMap::new();
        let mut n_codes: BTreeMap<(u64, bool), usize> = BTreeMap::new();
        for compilation in compilations {
            let code = (compilation.into, compilation.is_maglev);
            let row = n_codes.entry(code).or_default();
            let has_table = tables.get(&code).and_then(|tables| tables.get(*row));
            *row += 1;
            let has_table = *has_table.unwrap_or_else(|| panic!("the log has no code {row} of {compilation:?}"));
            for callee in compilation.callees.iter().filter(|_| has_table) {
                *pairs.entry((self.of_address(*callee), self.of_address(compilation.into))).or_default() += 1;
            }
        }
        for (code, tables) in tables {
            assert_eq!(n_codes.get(code).copied().unwrap_or_default(), tables.len(), "every code of {} is traced", self.of_address(code.0));
        }
        pairs
    }

    /// The same from the log. A function that is inlined twice and itself inlines a call counts that call once.
    fn logged(&self, tier: Tier) -> BTreeMap<(&'a str, &'a str), usize> {
        let mut pairs = BTreeMap::new();
        for row in self.log.profile.decisions.inlinings.iter().filter(|row| row.tier == tier) {
            let callee = row.callee.map_or("?", |callee| name(&self.log.profile, callee));
            *pairs.entry((callee, name(&self.log.profile, row.into))).or_default() += row.count as usize;
        }
        pairs
    }
}

/// Of every function and compiler, in the order in which the code was made: whether the log has a table of what it inlined.
fn tables(log: &str, is_maglev: bool) -> BTreeMap<(u64, bool), Vec<bool>> {
    let mut tables: BTreeMap<(u64, bool), Vec<bool>> = BTreeMap::new();
    let mut code = None;
    for line in log.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[0] == "code-creation" {
            let marker = fields[fields.len() - 1].trim_start_matches('o').trim_end_matches('\'');
            let is_optimized = marker == if is_maglev { "+" } else { "*" };
            let sfi = fields[fields.len() - 2].trim_start_matches("0x");
            code = is_optimized.then(|| u64::from_str_radix(sfi, 16).expect("an address") + 1);
        } else if fields[0] == "code-source-info"
            && let Some(sfi) = code.take()
        {
            tables.entry((sfi, is_maglev)).or_default().push(!fields[6].is_empty());
        }
    }
    tables
}

fn check(program: &Path, flags: &[&str]) {
    for node in nodes() {
        let what = format!("{} {}", node.display(), program.display());
        let options = Options { functions_by_sfi: true, ..Options::default() };
        let has_maglev = v8_major(&Recording::of(&node, program, flags).log(&options)) >= 13;
        let maglev: &[&str] = if has_maglev { &["--trace-maglev-inlining"] } else { &[] };
        let recording = Recording::of(&node, program, &[&FLAGS, maglev, flags].concat());
        let log = recording.log(&options);
        let names = Names::of(&log);
        let (of_maglev, of_turbofan): (Vec<_>, Vec<_>) = compilations(&recording.stdout).into_iter().partition(|one| one.is_maglev);

        let text = recording.log_text();
        let (traced, logged) = (names.traced(&of_turbofan, &tables(&text, false)), names.logged(Tier::Turbofan));
        assert_eq!(traced.keys().collect::<BTreeSet<_>>(), logged.keys().collect::<BTreeSet<_>>(), "{what}");
        for (pair, n) in &logged {
            assert!(n <= &traced[pair], "{what}: {pair:?} {n} of {}", traced[pair]);
        }
        assert!(!logged.is_empty(), "{what}");

        let (traced, logged) = (names.traced(&of_maglev, &tables(&text, true)), names.logged(Tier::Maglev));
        let (traced_pairs, logged_pairs): (BTreeSet<_>, BTreeSet<_>) = (traced.keys().collect(), logged.keys().collect());
        // V8 13 prints only what it inlines for being small.
        if v8_major(&log) >= 14 {
            assert_eq!(traced_pairs, logged_pairs, "{what}");
        } else {
            assert!(traced_pairs.is_subset(&logged_pairs), "{what}: {traced_pairs:?} {logged_pairs:?}");
        }
        assert_eq!(has_maglev, !logged.is_empty(), "{what}");
    }
}

#[test]
fn inlined_calls() {
    check(&programs().join("inline.js"), &[]);
}

#[test]
fn inlined_calls_of_modules_eval_and_vm() {
    check(&programs().join("kinds.mjs"), &[]);
    check(&programs().join("deopt.js"), &[]);
}

#[test]
fn inlined_calls_of_another_file() {
    check(&programs().join("xfile/main.js"), &[]);
    check(&programs().join("xfile/icmain.js"), &[]);
}

/// Where calls are, with the file's text at hand: the place that V8 gives a call.
#[test]
fn places_of_inlined_calls() {
    let program = programs().join("xfile/main.js");
    for node in nodes() {
        let log = Recording::of(&node, &program, &["--no-concurrent-recompilation"]).log(&Options::default());
        let profile = &log.profile;
        let calls: BTreeSet<String> = profile
            .decisions
            .inlinings
            .iter()
            .filter(|row| row.tier == Tier::Turbofan && name(profile, row.into) == "hotA")
            .map(|row| {
                let caller = row.call.function.map_or("?", |function| name(profile, function));
                let callee = row.callee.map_or("?", |callee| name(profile, callee));
                let place = shown(profile, &row.call);
                format!("{caller} {} {callee} {}", place.rsplit('/').next().unwrap_or_default(), row.depth)
            })
            .collect();
        let expected = ["hotA main.js:6:9 tiny 0", "hotA main.js:8:9 mid 0", "mid lib.js:12:18 tiny 1"];
        assert_eq!(calls, expected.map(str::to_owned).into(), "{}", node.display());
    }
}
