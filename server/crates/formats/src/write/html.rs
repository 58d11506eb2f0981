//! The stand-alone HTML report, and the data of the views: JSON of the schema `tickmark/flamegraph@1`, which `types.ts` of the webview
//! describes.

use super::json::column;
use profile::totals::Totals;
use profile::{Category, Profile, SourceId, Tier};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::IgnoredAny;
use std::io::{self, Write};
use std::path::Path;

/// What the views show besides the profile.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Heading and document title.
    pub title: &'a str,
    /// Line below the heading; may be empty.
    pub subtitle: &'a str,
    /// The `meta` object of the schema, as JSON.
    pub meta_json: &'a str,
    /// The load test's report, as JSON (`load/wire.ts` of the webview); none for a program.
    pub load_json: Option<&'a str>,
    /// The comparison in turns that the run is of, as JSON (the same file); none of most runs.
    pub versus_json: Option<&'a str>,
    /// Folder that files are shown relative to; name it as `root` in `meta_json` too, so that links lead to the files.
    pub root: Option<&'a Path>,
}

/// The bundle of the views: the files of the webview's `dist` folder. The template's policy holds the hashes of the two others.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// `template.html`, with `{{title}}`, `{{css}}`, `{{data}}` and `{{script}}`.
    pub template: &'a str,
    /// `report.css`.
    pub css: &'a str,
    /// `report.js`.
    pub script: &'a str,
}

/// Writes the page. Fails with `InvalidInput` when the bundle, or one of the objects given as JSON cannot be embedded.
pub fn write(profile: &Profile, report: &Report<'_>, page: &Page<'_>, out: &mut impl Write) -> io::Result<()> {
    for (name, text) in [("css", page.css), ("script", page.script)] {
        let lower = text.to_ascii_lowercase();
        if ["</script", "</style", "<!--"].iter().any(|markup| lower.contains(markup)) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the {name} of the report holds markup that would end it early"),
            ));
        }
    }
    // One pass: what is filled in is never searched for placeholders.
    let mut rest = page.template;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        out.write_all(before.as_bytes())?;
        let end = after.find("}}").map_or(after.len(), |end| end + 2);
        match &after[..end] {
            "{{title}}" => out.write_all(html_text(report.title).as_bytes())?,
            "{{css}}" => out.write_all(page.css.as_bytes())?,
            "{{script}}" => out.write_all(page.script.as_bytes())?,
            "{{data}}" => write_data(profile, report, &mut InHtml(&mut *out))?,
            unknown => {
                let problem = format!("the template of the report has a placeholder that is not known: {unknown}");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
            }
        }
        rest = &after[end..];
    }
    out.write_all(rest.as_bytes())
}

/// Writes the data of the views.
pub fn write_data(profile: &Profile, report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    for (name, json) in [("meta_json", Some(report.meta_json)), ("load_json", report.load_json), ("versus_json", report.versus_json)] {
        if json.is_some_and(|json| !json.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(json).is_err()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no JSON object")));
        }
    }
    let mut strings = Strings::default();
    let urls: Vec<i64> = profile.sources.iter().map(|source| strings.row(&source.url)).collect();
    let shown = shown_paths(profile, report.root);
    let paths: Vec<i64> = shown.iter().map(|path| path.as_deref().map_or(-1, |path| strings.row(path))).collect();
    let names: Vec<i64> = profile.frames.iter().map(|frame| strings.row(&frame.name)).collect();

    out.write_all(br#"{"schema":"tickmark/flamegraph@1","title":"#)?;
    serde_json::to_writer(&mut *out, report.title)?;
    out.write_all(br#","subtitle":"#)?;
    serde_json::to_writer(&mut *out, report.subtitle)?;
    write!(out, r#","meta":{}"#, report.meta_json)?;
    for (key, json) in [("load", report.load_json), ("versus", report.versus_json)] {
        if let Some(json) = json {
            write!(out, r#","{key}":{json}"#)?;
        }
    }
    column(out, false, "strings", strings.rows)?;
    out.write_all(br#","sources":{"#)?;
    column(out, true, "url", urls)?;
    column(out, false, "path", paths)?;
    out.write_all(br#"},"frames":{"#)?;
    let frames = &profile.frames;
    column(out, true, "name", names)?;
    column(out, false, "source", frames.iter().map(|frame| frame.source.map_or(-1, |source: SourceId| i64::from(source.0))))?;
    column(out, false, "line", frames.iter().map(|frame| frame.start.map_or(0, |start| number(start.line))))?;
    column(out, false, "column", frames.iter().map(|frame| frame.start.map_or(0, |start| number(start.column))))?;
    column(out, false, "category", frames.iter().map(|frame| Category::ALL.iter().position(|known| *known == frame.category)))?;
    out.write_all(b"}")?;
    column(out, false, "categories", Category::ALL.map(Category::label))?;
    column(out, false, "tiers", Tier::ALL.map(Tier::label))?;

    out.write_all(br#","nodes":{"#)?;
    let tree = &profile.tree;
    let locations = || tree.ids().map(|node| profile.location(tree.location(node)));
    column(out, true, "parent", tree.ids().map(|node| tree.parent(node).map_or(-1, |parent| i64::from(parent.0))))?;
    column(out, false, "frame", locations().map(|location| location.frame.0))?;
    column(out, false, "tier", locations().map(|location| Tier::ALL.iter().position(|known| *known == location.tier)))?;
    // The views take a line for one of the function's file.
    let line = |location: &profile::Location| {
        let is_own_file = location.source == profile.frame(location.frame).source;
        location.position.filter(|_| is_own_file).map_or(0, |position| number(position.line))
    };
    column(out, false, "line", locations().map(line))?;
    column(out, false, "selfUs", &tree.self_us)?;
    column(out, false, "samples", &tree.self_samples)?;
    out.write_all(br#"},"timeline":{"#)?;
    column(out, true, "node", profile.samples.node.iter().map(|node| node.0))?;
    column(out, false, "startUs", &profile.samples.time_us)?;
    column(out, false, "durationUs", &profile.samples.duration_us)?;
    out.write_all(b"}")?;
    write_tables(profile, &shown, out)?;
    out.write_all(b"}")
}

/// Paths as they are shown: with forward slashes, below `root` relative to it.
fn shown_paths(profile: &Profile, root: Option<&Path>) -> Vec<Option<String>> {
    let shown = |path: &String| {
        let relative = root.and_then(|root| Path::new(path).strip_prefix(root).ok());
        relative.map_or_else(|| path.clone(), |relative| relative.to_string_lossy().into_owned()).replace('\\', "/")
    };
    profile.sources.iter().map(|source| source.path.as_ref().map(shown)).collect()
}

/// Rows of the tables that are worth reading.
const MAX_ROWS: usize = 500;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionRow<'a> {
    name: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    self_us: u64,
    total_us: u64,
    samples: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineRow<'a> {
    path: &'a str,
    line: u32,
    self_us: u64,
    total_us: u64,
    samples: u64,
}

/// The tables, as everywhere: native code counts as self time of the JavaScript that calls it.
fn write_tables(profile: &Profile, shown: &[Option<String>], out: &mut impl Write) -> io::Result<()> {
    let totals = Totals::of(profile);
    let path = |source: SourceId| shown[source.index()].as_deref().unwrap_or(&profile.source(source).url);
    let functions: Vec<FunctionRow<'_>> = totals
        .functions
        .iter()
        .take(MAX_ROWS)
        .map(|row| {
            let frame = profile.frame(row.frame);
            FunctionRow {
                name: &frame.name,
                path: frame.source.map_or("", path),
                line: frame.start.map_or(0, |start| number(start.line)),
                column: frame.start.map_or(0, |start| number(start.column)),
                self_us: row.cost.self_us,
                total_us: row.cost.total_us,
                samples: row.cost.self_samples,
            }
        })
        .collect();
    let lines: Vec<LineRow<'_>> = totals
        .lines
        .iter()
        .take(MAX_ROWS)
        .map(|row| LineRow {
            path: path(row.source),
            line: number(row.line),
            self_us: row.cost.self_us,
            total_us: row.cost.total_us,
            samples: row.cost.self_samples,
        })
        .collect();
    out.write_all(br#","functions":"#)?;
    serde_json::to_writer(&mut *out, &functions)?;
    out.write_all(br#","lines":"#)?;
    serde_json::to_writer(&mut *out, &lines)?;
    Ok(())
}

/// Lines and columns as the views' 32-bit integers.
fn number(number: u32) -> u32 {
    number.min(i32::MAX as u32 - 1)
}

/// Texts, each once.
#[derive(Default)]
struct Strings<'a> {
    rows: Vec<&'a str>,
    row_of: FxHashMap<&'a str, i64>,
}

impl<'a> Strings<'a> {
    fn row(&mut self, text: &'a str) -> i64 {
        *self.row_of.entry(text).or_insert_with(|| {
            self.rows.push(text);
            self.rows.len() as i64 - 1
        })
    }
}

/// JSON inside of an HTML element: `<` only occurs in its strings, where an escape means the same and cannot end the element.
struct InHtml<W>(W);

impl<W: Write> Write for InHtml<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while let Some(at) = memchr::memchr(b'<', rest) {
            self.0.write_all(&rest[..at])?;
            self.0.write_all(br"\u003c")?;
            rest = &rest[at + 1..];
        }
        self.0.write_all(rest)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn html_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => escaped.push_str(&format!("&#{};", c as u32)),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample;
    use serde_json::Value;

    const PAGE: Page = Page {
        template: "<title>{{title}}</title><style>{{css}}</style><script id=data>{{data}}</script><script>{{script}}</script>",
        css: "a{}",
        script: "run('{{title}}')",
    };

    fn page(report: Report) -> String {
        let mut out = Vec::new();
        write(&sample::profile(), &report, &PAGE, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn data_of_the_views() {
        let mut out = Vec::new();
        let report = Report {
            title: "A run",
            subtitle: "",
            meta_json: r#"{"node":"22"}"#,
            load_json: None,
            versus_json: None,
            root: Some(Path::new("/app")),
        };
        write_data(&sample::profile(), &report, &mut out).unwrap();
        insta::assert_json_snapshot!(serde_json::from_slice::<Value>(&out).unwrap());
    }

    #[test]
    fn markup_in_the_data_is_harmless() {
        let html = page(Report {
            title: "</title><b>{{data}}",
            subtitle: "</script>",
            meta_json: r#"{"target":"<!--"}"#,
            load_json: Some(r#"{"failures":[{"body":"</script><b>"}]}"#),
            versus_json: Some(r#"{"notes":["<!--"]}"#),
            root: None,
        });
        assert!(html.starts_with("<title>&#60;/title&#62;&#60;b&#62;{{data}}</title><style>a{}</style>"), "{html}");
        assert!(html.ends_with("</script><script>run('{{title}}')</script>"), "{html}");
        assert_eq!(html.matches("</script").count(), 2);
        let data = html.split("<script id=data>").nth(1).unwrap().split("</script>").next().unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert!(data["strings"].as_array().unwrap().iter().any(|text| text == sample::EVIL_NAME));
        assert_eq!(data["subtitle"], "</script>");
        assert_eq!(data["versus"]["notes"][0], "<!--");
        assert_eq!(data["load"]["failures"][0]["body"], "</script><b>");
    }

    #[test]
    fn what_cannot_be_embedded_is_refused() {
        fn check(meta_json: &str, load_json: Option<&str>, page: Page, expected: &str) {
            let report = Report { title: "", subtitle: "", meta_json, load_json, versus_json: None, root: None };
            let error = write(&sample::profile(), &report, &page, &mut Vec::new()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        check("[]", None, PAGE, "meta_json");
        check("{\"a\":}", None, PAGE, "meta_json");
        check("{}", Some("{"), PAGE, "load_json");
        check("{}", None, Page { script: "x('</SCRIPT>')", ..PAGE }, "the script of the report");
        check("{}", None, Page { template: "{{scriptHash}}", ..PAGE }, "{{scriptHash}}");
    }
}
