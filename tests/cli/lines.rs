//! Time is on the lines where it was spent, on every Node.

use crate::figures::{self, function, number, rows, rows_of, sum, within};
use crate::project::{Node, Project, nodes};
use crate::tickmark::{alone, together};
use profile::{Category, Profile};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Least share of JavaScript time with an exact line.
const LEAST_EXACT: f64 = 0.95;

/// How far a measured share may be from the true one.
const TOLERANCE: f64 = 0.03;

/// Samples of a split that make [`TOLERANCE`] a matter of right or wrong rather than of luck: the standard error of a share of 70 % is
/// then √(0.7 · 0.3 / 4000) = 0.7 percentage points, a fourth of what is tolerated.
const ENOUGH_SAMPLES: f64 = 4_000.0;

/// Times of the three parts of a split, and how many samples of equal weight would tell as much.
#[derive(Clone, Copy, Debug, Default)]
struct Split {
    ms: [f64; 3],
    samples: f64,
}

impl Split {
    fn add(&mut self, part: usize, ms: f64, samples: f64) {
        self.ms[part] += ms;
        self.samples += samples;
    }

    #[track_caller]
    fn is_known(&self, what: &str) {
        let total: f64 = self.ms.iter().sum();
        let shares = self.ms.map(|ms| ms / total);
        for (share, truth) in shares.iter().zip([0.1, 0.2, 0.7]) {
            assert!((share - truth).abs() <= TOLERANCE, "{what}: {shares:.3?} of {:.0} samples", self.samples);
        }
    }
}

/// How many samples of equal weight tell as much as one of a run's (Kish's effective sample size, per sample): on a busy machine samples
/// stand for very different times.
fn weight_of_a_sample(measured: &Value) -> f64 {
    let model = Path::new(measured["artifacts"]["folder"].as_str().unwrap()).join("model.json");
    let model: Profile = serde_json::from_reader(BufReader::new(File::open(model).unwrap())).unwrap();
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (node, us) in model.samples.node.iter().zip(&model.samples.duration_us) {
        if model.frame(model.frame_of(*node)).category != Category::Idle {
            let us = *us as f64;
            (n, sum, squares) = (n + 1.0, sum + us, squares + us * us);
        }
    }
    sum * sum / squares / n
}

/// Measures a file of split-lines until its three splits have enough samples, and compares them with the truth.
fn check_split(node: &Node, file: &str) {
    let project = Project::copy("split-lines");
    let marked = ["// 10 %", "// 20 %", "// 70 %"].map(|mark| project.marked_lines(file, mark));
    let n_lines = std::fs::read_to_string(project.path().join(file)).unwrap().lines().count();
    let mut splits = [Split::default(); 3];
    let mut n_runs = 0;
    while splits.iter().any(|split| split.samples < ENOUGH_SAMPLES) {
        assert!(n_runs < 15, "{file}, Node {}: too few samples in {n_runs} runs: {splits:?}", node.major);
        let measured = figures::profile(&project, node, &[file, "--interval", "100", "--", "3000"]).code(0).json();
        n_runs += 1;
        let exact = number(&measured["attribution"], "exact");
        assert!(exact >= LEAST_EXACT, "{file}, Node {}: exact {exact}", node.major);
        within(&measured, file, n_lines);
        let weight = weight_of_a_sample(&measured);
        let at = |line: u64| rows_of(&measured, "lines", file).into_iter().find(|row| row["line"] == line);
        for (part, lines) in marked.iter().enumerate() {
            let [call_site, own_loop, inlined] = lines[..] else { panic!("{lines:?}") };
            // A call site has what it calls as total time; a loop of its own has self time; and a loop whose body is inlined
            // has two lines, of which V8 gives the `for` some of the body's instructions.
            for (split, line, key, samples) in [
                (0, call_site, "totalMs", "totalSamples"),
                (1, own_loop, "selfMs", "samples"),
                (2, inlined, "totalMs", "totalSamples"),
                (2, inlined - 1, "totalMs", "totalSamples"),
            ] {
                if let Some(row) = at(line) {
                    splits[split].add(part, number(row, key), weight * number(row, samples));
                }
            }
        }
    }
    for (split, what) in splits.iter().zip(["callSites, total", "ownLoops, self", "inlinedCallSites, total"]) {
        let shares = split.ms.map(|ms| 100.0 * ms / split.ms.iter().sum::<f64>());
        println!("{file}, Node {}, {what}: {shares:.1?} of {:.0} samples in {n_runs} runs", node.major, split.samples);
        split.is_known(&format!("{file}, Node {}, {what}", node.major));
    }
}

#[test]
fn known_split_of_a_commonjs_script() {
    let _lock = alone();
    nodes().iter().for_each(|node| check_split(node, "script.js"));
}

#[test]
fn known_split_of_an_es_module() {
    let _lock = alone();
    nodes().iter().for_each(|node| check_split(node, "esm.mjs"));
}

#[test]
fn known_split_of_stripped_typescript() {
    let _lock = alone();
    for node in nodes() {
        // Type stripping is on by default from 22.18; before, Node says what it thinks of the file.
        if node.major >= 22 {
            check_split(&node, "split.ts");
        } else {
            let project = Project::copy("split-lines");
            let ended = figures::profile(&project, &node, &["split.ts"]).code(1).leaves_nothing(&project);
            assert!(ended.stderr.contains("SyntaxError") || ended.stderr.contains("ERR_UNKNOWN_FILE_EXTENSION"), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_leaf_inlined_from_another_file_keeps_its_lines() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("cross-file");
        let measured = figures::profile(&project, &node, &["main.js", "--", "1500"]).code(0).json();
        assert!(number(&measured["attribution"], "exact") >= LEAST_EXACT, "Node {}", node.major);
        let hot = project.marked_lines("lib.js", "// HOT");
        let own = |file: &str, is_wanted: &dyn Fn(u64) -> bool| {
            sum(rows_of(&measured, "lines", file).into_iter().filter(|row| is_wanted(row["line"].as_u64().unwrap())), "selfPercent")
        };
        let hot_percent = own("lib.js", &|line| hot.contains(&line));
        assert!((65.0..97.0).contains(&hot_percent), "Node {}: {hot_percent}", node.major);
        // The rest of lib.js are calls and returns; main.js has its loops and what surrounds them, and ends before line 20.
        assert!(own("lib.js", &|line| !hot.contains(&line)) < 6.0, "Node {}: {:?}", node.major, rows_of(&measured, "lines", "lib.js"));
        within(&measured, "main.js", 15);
        within(&measured, "lib.js", 30);
        let loops = own("main.js", &|line| line == 7 || line == 8);
        assert!(own("main.js", &|_| true) - loops < 3.0, "Node {}: {:?}", node.major, rows_of(&measured, "lines", "main.js"));
        assert!(number(function(&measured, "lib.js", "mix"), "selfPercent") > 65.0, "Node {}", node.major);
    }
}

/// Self time in functions of files, in percent.
fn own_percent(measured: &Value) -> f64 {
    let is_file = |row: &&Value| row["file"].as_str().is_some_and(|file| !file.starts_with("node:"));
    rows(measured, "functions").iter().filter(is_file).map(|row| number(row, "selfPercent")).sum()
}

#[test]
fn recursion_counts_once() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("recursion");
        let measured = figures::profile(&project, &node, &["main.js", "--", "1500"]).code(0).json();
        for table in ["functions", "lines"] {
            for row in rows(&measured, table) {
                assert!(number(row, "totalPercent") <= 100.0, "Node {}: {row}", node.major);
                assert!(number(row, "totalMs") + 1e-6 >= number(row, "selfMs"), "Node {}: {row}", node.major);
            }
        }
        let of = |name: &str, key: &str| number(function(&measured, "main.js", name), key);
        // Of the project's own time: on a busy machine Node's start takes a large part of a run that ends by the clock.
        let own = own_percent(&measured);
        let leaf = of("leaf", "selfPercent");
        assert!(leaf > 0.9 * own, "Node {}: {leaf} of {own}", node.major);
        assert!(of("descend", "totalPercent") > 0.95 * own, "Node {}", node.major);
        // The 300-deep stacks are read whole: both of the mutually recursive functions are on all of them.
        assert!((of("even", "totalPercent") - of("odd", "totalPercent")).abs() < 1.0, "Node {}", node.major);
        assert!(of("even", "totalPercent") > 0.95 * own, "Node {}", node.major);
    }
}

#[test]
fn names_with_spaces_commas_and_letters_of_any_script() {
    let _lock = alone();
    let hot =
        [("größe, straße.js", "berechneGröße", 3), ("lib, parts/two words.js", "spin, then return", 4), ("lib, parts/数.mjs", "数える", 3)];
    for node in nodes() {
        let project = Project::copy("esm-app");
        let measured = figures::profile(&project, &node, &["main.js", "--interval", "200", "--", "2000"]).code(0).json();
        assert!(number(&measured["attribution"], "exact") >= LEAST_EXACT, "Node {}", node.major);
        // The work is the same, but V8's code for it is not always as fast: the three together are what is known.
        let together: f64 = hot.iter().map(|(file, name, _)| number(function(&measured, file, name), "selfPercent")).sum();
        let own = own_percent(&measured);
        assert!(together > 0.9 * own, "Node {}: {together} % of {own} %", node.major);
        for (file, name, line) in hot {
            let percent = number(function(&measured, file, name), "selfPercent");
            assert!(percent > 5.0, "Node {}: {name} has {percent} %", node.major);
            let row = rows_of(&measured, "lines", file).into_iter().find(|row| row["line"] == line);
            assert!(row.is_some_and(|row| number(row, "selfPercent") > 5.0), "Node {}: {file}:{line}: {row:?}", node.major);
        }
    }
}

#[test]
fn workers_are_measured_each() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("awkward");
        let ended = figures::profile(&project, &node, &["worker.js", "--", "800"]).code(0).leaves_nothing(&project);
        let measured = ended.json();
        let workers = self_ms_by_thread(&measured, "burn");
        assert_eq!(workers.len(), 2, "Node {}: {workers:?}", node.major);
        // On a busy machine V8 takes few samples, but each worker has hundreds of milliseconds of nothing else.
        assert!(workers.values().all(|ms| *ms > 100.0), "Node {}: {workers:?}", node.major);
        let logs = measured["artifacts"]["raw"].as_array().unwrap();
        let n_logs = logs.iter().filter(|file| Value::as_str(file).is_some_and(|file| file.ends_with(".log"))).count();
        assert_eq!(n_logs, 3, "{logs:?}");
    }
}

/// Self time of a function below each thread's frame, from the stored model.
fn self_ms_by_thread(measured: &Value, function: &str) -> BTreeMap<String, f64> {
    let folder = Path::new(measured["artifacts"]["folder"].as_str().unwrap());
    let model = BufReader::new(File::open(folder.join("model.json")).unwrap());
    let profile: Profile = serde_json::from_reader(model).unwrap();
    let name = |node| &profile.frame(profile.frame_of(node)).name;
    let mut threads = BTreeMap::new();
    for node in profile.tree.ids().filter(|node| name(*node) == function) {
        let outermost = profile.tree.stack(node).last().unwrap();
        *threads.entry(name(outermost).clone()).or_default() += profile.tree.self_us[node.index()] as f64 / 1e3;
    }
    threads
}
