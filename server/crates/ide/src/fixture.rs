//! A small measured file for tests.

use std::sync::Arc;

use profile::index::ProfileIndex;
use profile::{Category, Finding, Frame, Location, Position, ProfileBuilder, Source, Tier};
use source::anchor::Anchors;
use source::document::Document;
use source::functions::functions;
use source::routes::routes;
use source::syntax::Language;

use crate::measured::MeasuredFile;
use crate::results::{RunFigures, RunResults};
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

pub(crate) struct Fixture {
    measured: Document,
    current: Document,
    figures: RunFigures,
    targets: Vec<Arc<RunFigures>>,
    entry: Option<String>,
    running: Vec<Running>,
    analysed: bool,
}

impl Fixture {
    pub(crate) fn new(text: &str) -> Self {
        let document = Document::new(Language::JavaScript, 1, text);
        let figures = RunFigures {
            run_id: "run-1".into(),
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
            running: Vec::new(),
            analysed: true,
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

    pub(crate) fn view(self) -> FileView {
        let results = Arc::new(RunResults::new(self.figures, Arc::new(ProfileIndex::new(profile()))));
        let measured = MeasuredFile::new(results, "/app/server.js", &self.measured).map(|measured| {
            let anchors = Anchors::from_disk_diff(self.measured.text(), self.current.text(), &measured.marks());
            (Arc::new(measured), anchors)
        });
        let (syntax, text) = (self.current.syntax(), self.current.text());
        FileView::new(Subject {
            functions: self.analysed.then(|| Arc::new(functions(syntax, text))),
            routes: Arc::new(routes(syntax, text)),
            document: self.current.clone(),
            entry: self.entry,
            starts: None,
            targets: Arc::new(self.targets),
            running: self.running,
            measured: measured.filter(|(measured, _)| measured.unplaced == 0),
        })
    }
}

fn profile() -> profile::Profile {
    let mut builder = ProfileBuilder::default();
    let source = builder.source(Source { url: "/app/server.js".into(), path: Some("/app/server.js".into()) });
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
