//! A small measured file for tests.

mod calls;
pub(crate) mod decisions;

use std::sync::Arc;

use profile::decisions::{Decisions, Place};
use profile::finding::{FindingPlace, FindingSeverity, RelatedPlace};
use profile::index::ProfileIndex;
use profile::{Category, Finding, Frame, FrameId, Location, Position, ProfileBuilder, Source, SourceId, Tier};
use source::anchor::Anchors;
use source::document::Document;
use source::functions::functions;
use source::position::ByteOffset;
use source::routes::routes;
use source::syntax::Language;
use source::v8_lines::ByteOrderMark;

use crate::benchmark::{Benchmark, BenchmarkHere, Environment, LoadFigures, RouteCodes};
use crate::focus::{Focus, label_of};
use crate::measured::MeasuredFile;
use crate::results::{RunFigures, RunResults};
use crate::switches::FactsShown;
use crate::view::{FileView, Running, Subject};

/// 40 samples of 2.5 ms: line 3 has 24 and line 4 5 of `render`, line 8 has 6 of `hello`, garbage collection 5.
pub(crate) const SERVER: &str = "\
const app = require('express')();
function render(items) {
  const text = heavy(items);
  return text.join();
}

function hello(req, res) {
  res.send(render(req.items));
}

app.get('/hello', hello);
";

#[derive(Clone)]
pub(crate) struct Fixture {
    measured: Document,
    current: Document,
    figures: RunFigures,
    targets: Vec<Arc<RunFigures>>,
    entry: Option<String>,
    benchmark: Option<Benchmark>,
    running: Vec<Running>,
    analysed: bool,
    facts: FactsShown,
    profile: fn() -> profile::Profile,
    focus: Option<&'static str>,
    written_since: bool,
    path: &'static str,
    decide: Vec<Decide>,
}

const SERVER_JS: &str = "/app/server.js";

/// Adds rows about the fixture's functions; the text is the measured one.
type Decide = fn(&mut Decisions, &Measured);

/// What a test's decisions are about.
pub(crate) struct Measured {
    pub(crate) source: SourceId,
    document: Document,
    frames: Vec<Frame>,
}

impl Measured {
    /// A function by its name.
    pub(crate) fn function(&self, name: &str) -> FrameId {
        FrameId::new(self.frames.iter().position(|frame| frame.name == name).unwrap())
    }

    /// V8's position of the `|` in a piece of the measured text.
    pub(crate) fn position(&self, marked: &str) -> Position {
        position(&self.document, marked)
    }

    /// The same as a place in a function.
    pub(crate) fn place(&self, function: &str, marked: &str) -> Place {
        Place { function: Some(self.function(function)), source: Some(self.source), position: Some(self.position(marked)) }
    }
}

/// A place of another file.
pub(crate) fn elsewhere(file: &str, line: u32, column: u32) -> RelatedPlace {
    let position = Some(Position { line, column });
    let place = FindingPlace { file: file.into(), function: String::new(), function_start: None, position };
    RelatedPlace { place, message: String::new() }
}

/// V8's position of the `|` in a piece of a text.
fn position(document: &Document, marked: &str) -> Position {
    let (piece, text) = (marked.replacen('|', "", 1), document.text().to_string());
    let at = text.find(&piece).unwrap_or_else(|| panic!("{piece:?} is not in the text")) + marked.find('|').unwrap();
    let at = document.v8_lines(ByteOrderMark::Kept).to_position(ByteOffset(at));
    Position { line: at.line, column: at.column }
}

impl Fixture {
    /// A text of which only findings are known.
    pub(crate) fn bare(text: &str) -> Self {
        Self { profile: bare_profile, ..Self::new(text) }
    }

    /// V8's decisions.
    pub(crate) fn decided(mut self, decide: Decide) -> Self {
        self.decide.push(decide);
        self
    }

    /// With a function `cold` on line 12 that no sample hit.
    pub(crate) fn with_cold(mut self) -> Self {
        self.profile = || {
            let mut profile = profile();
            let start = Some(Position { line: 12, column: 14 });
            profile.frames.push(Frame { name: "cold".into(), source: Some(SourceId::new(0)), start, category: Category::App });
            profile
        };
        self
    }

    pub(crate) fn with_facts(mut self, facts: FactsShown) -> Self {
        self.facts = facts;
        self
    }

    /// As if the program had been measured instead of a route.
    pub(crate) fn of_program(mut self) -> Self {
        self.figures.route = None;
        self
    }

    /// A finding at the `|` in a piece of the measured text.
    pub(crate) fn found(mut self, code: &str, severity: FindingSeverity, share: f64, marked: &str) -> Self {
        let place = self.place(marked);
        let message = format!("{code} at {}.", marked.replace('|', "").trim());
        self.figures.findings.push(Finding {
            code: code.into(),
            severity,
            message,
            advice: "Do better.".into(),
            share,
            place: Some(place),
            ..Finding::default()
        });
        self
    }

    /// Another place of the finding added last.
    pub(crate) fn related(mut self, marked: &str, message: &str) -> Self {
        let place = self.place(marked);
        let last = self.figures.findings.last_mut().unwrap();
        last.related.push(RelatedPlace { place, message: message.into() });
        self
    }

    /// Changes the finding added last.
    pub(crate) fn last_finding(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        change(self.figures.findings.last_mut().unwrap());
        self
    }

    fn place(&self, marked: &str) -> FindingPlace {
        let position = Some(position(&self.measured, marked));
        FindingPlace { file: self.path.into(), function: String::new(), function_start: None, position }
    }

    pub(crate) fn new(text: &str) -> Self {
        let document = Document::new(Language::JavaScript, 1, text);
        let figures = RunFigures {
            run_id: Some("run-1".into()),
            target: "GET /hello".into(),
            route: Some(("GET".into(), "/hello".into())),
            entry: "server.js".into(),
            requests_per_second: Some(5_812.0),
            p99_ms: Some(4.12),
            p99_change: Some(-0.12),
            node_version: "22.1.0".into(),
            finished_at_ms: 1_000,
            ..RunFigures::default()
        };
        Self {
            measured: document.clone(),
            current: document,
            figures,
            targets: Vec::new(),
            entry: None,
            benchmark: None,
            running: Vec::new(),
            analysed: true,
            facts: FactsShown::default(),
            profile,
            focus: None,
            written_since: false,
            path: SERVER_JS,
            decide: Vec::new(),
        }
    }

    /// Replaces a part of today's text.
    pub(crate) fn edited(mut self, edit: Option<(&str, &str)>) -> Self {
        if let Some((old, new)) = edit {
            let text = self.current.text().to_string();
            assert!(text.contains(old));
            self.current = Document::new(Language::JavaScript, 2, &text.replacen(old, new, 1));
        }
        self
    }

    /// As long as today's text is being analysed.
    pub(crate) fn not_analysed(mut self) -> Self {
        self.analysed = false;
        self
    }

    pub(crate) fn with_target(mut self, method: &str, path: &str) -> Self {
        let figures = RunFigures { route: Some((method.into(), path.into())), ..self.figures.clone() };
        self.targets.push(Arc::new(figures));
        self
    }

    pub(crate) fn with_finding(mut self, code: &str) -> Self {
        let finding = Finding {
            code: code.into(),
            message: "The template is compiled anew.".into(),
            advice: "Cache it.".into(),
            share: 0.4,
            ..Finding::default()
        };
        for target in &mut self.targets {
            Arc::make_mut(target).findings.push(finding.clone());
        }
        self
    }

    pub(crate) fn with_entry(mut self, entry: &str) -> Self {
        self.entry = Some(entry.into());
        self
    }

    pub(crate) fn with_running(mut self, method: &str, path: &str) -> Self {
        let route = Some((method.to_owned(), path.to_owned()));
        self.running.push(Running { id: "launch-1".into(), target: format!("{method} {path}"), route, entry: None });
        self
    }

    /// With a benchmark of `GET /hello` in the measured text.
    pub(crate) fn benchmarked(mut self, figures: LoadFigures, change: impl FnOnce(&mut Benchmark)) -> Self {
        let environment = Environment { node_version: "22.1.0".into(), commit: Some("0123456789abcdef".into()), ..Environment::default() };
        let mut benchmark = Benchmark {
            run_id: "run-2".into(),
            route: ("GET".into(), "/hello".into()),
            entry: "server.js".into(),
            figures,
            environment,
            notes: Vec::new(),
            finished_at_ms: 1_000,
            changed_files: Vec::new(),
            baseline: None,
            verification: None,
        };
        change(&mut benchmark);
        self.benchmark = Some(benchmark);
        self
    }

    /// With shares of that function.
    pub(crate) fn focused(mut self, function: &'static str) -> Self {
        self.focus = Some(function);
        self
    }

    /// As if a file had been read and shown, of allocations: every sample allocated 1,000 bytes.
    pub(crate) fn of_heap_profile(mut self) -> Self {
        self.figures = RunFigures { target: "app.heapprofile".into(), finished_at_ms: 1_000, ..RunFigures::default() };
        self.profile = || {
            let mut profile = profile();
            let tree = &mut profile.tree;
            tree.self_bytes = tree.self_samples.iter().map(|samples| u64::from(*samples) * 1_000).collect();
            tree.self_us.fill(0);
            profile.samples = profile::Samples::default();
            profile
        };
        self
    }

    /// As a file of a dependency; findings are added after this.
    pub(crate) fn in_package(mut self) -> Self {
        self.path = "/app/node_modules/hello/server.js";
        self
    }

    /// As if the text had been written after the profile.
    pub(crate) fn written_since(mut self) -> Self {
        self.written_since = true;
        self
    }

    pub(crate) fn view(self) -> FileView {
        let mut profile = (self.profile)();
        let about = Measured { source: SourceId::new(0), document: self.measured.clone(), frames: profile.frames.clone() };
        for decide in &self.decide {
            decide(&mut profile.decisions, &about);
        }
        for source in profile.sources.iter_mut().filter(|source| source.path.as_deref() == Some(SERVER_JS)) {
            source.path = Some(self.path.into());
        }
        assert!(profile.is_consistent());
        let whole = ProfileIndex::new(profile);
        let function = |name: &str| FrameId::new(whole.profile().frames.iter().position(|frame| frame.name == name).unwrap());
        let focus = self.focus.map(|name| {
            let share = whole.share(whole.function(function(name)).unwrap().cost.total_us);
            Arc::new(Focus { label: label_of(whole.profile(), function(name)), share })
        });
        let profile = match self.focus {
            Some(name) => profile::focus(whole.profile(), function(name)),
            None => whole.into_profile(),
        };
        let results = Arc::new(RunResults::new(Arc::new(self.figures), Arc::new(ProfileIndex::new(profile))));
        let measured = MeasuredFile::new(results, self.path, &self.measured).map(|measured| {
            let anchors = Anchors::from_disk_diff(self.measured.text(), self.current.text(), &measured.marks());
            (Arc::new(if self.written_since { measured.written_since() } else { measured }), anchors)
        });
        let (syntax, text) = (self.current.syntax(), self.current.text());
        let codes = Some(Arc::new(RouteCodes::of(&self.measured)));
        let verified_codes = codes.clone();
        let benchmarks = self.benchmark.map(|benchmark| BenchmarkHere { benchmark: Arc::new(benchmark), codes, verified_codes });
        FileView::new(Subject {
            functions: self.analysed.then(|| Arc::new(functions(syntax, text))),
            routes: Arc::new(routes(syntax, text)),
            document: self.current.clone(),
            entry: self.entry,
            starts: None,
            targets: Arc::new(self.targets),
            benchmarks: benchmarks.into_iter().collect(),
            running: self.running,
            facts: self.facts,
            measured: measured.filter(|(measured, _)| measured.unplaced == 0),
            focus,
        })
    }
}

fn profile() -> profile::Profile {
    let mut builder = ProfileBuilder::default();
    let source = builder.source(Source { url: SERVER_JS.into(), path: Some(SERVER_JS.into()) });
    let at = |builder: &mut ProfileBuilder, name: &str, start, line, tier| {
        let start = Some(Position { line: start, column: if name == "render" { 16 } else { 15 } });
        let frame = builder.frame(Frame { name: name.into(), source: Some(source), start, category: Category::App });
        let position = Some(Position { line, column: 3 });
        builder.location(Location { frame, source: Some(source), position, tier, inlined: false })
    };
    let hello = at(&mut builder, "hello", 7, 8, Tier::Ignition);
    let heavy = at(&mut builder, "render", 2, 3, Tier::Turbofan);
    let join = at(&mut builder, "render", 2, 4, Tier::Turbofan);
    let gc = builder.plain_location("(gc)", Category::Gc);
    let root = builder.node(None, hello);
    let stacks = [(24, builder.node(Some(root), heavy)), (5, builder.node(Some(root), join)), (6, root), (5, builder.node(None, gc))];
    let mut time = 0;
    for (samples, node) in stacks {
        for _ in 0..samples {
            builder.sample(time, 2_500, node);
            time += 2_500;
        }
    }
    builder.finish()
}

/// 100 ms in code of no file.
fn bare_profile() -> profile::Profile {
    let mut builder = ProfileBuilder::default();
    builder.source(Source { url: SERVER_JS.into(), path: Some(SERVER_JS.into()) });
    let program = builder.plain_location("(program)", Category::Program);
    let node = builder.node(None, program);
    builder.sample(0, 100_000, node);
    builder.finish()
}
