//! `tickmark report`

use super::trace_tables::Tables;
use super::{Format, Outcome, print_json, print_text, profile_json, profile_text, report_heap, report_ticks, trace_json, trace_text};
use ::runs::Wanted;
use ::runs::findings::{Surroundings, Thresholds, findings};
use anyhow::{Context, bail};
use profile::Finding;
use profile::index::ProfileIndex;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Arguments of `tickmark report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A .cpuprofile, a .heapprofile, folded stacks, a V8 log, or the text of V8's --trace-… flags.
    file: PathBuf,
    /// Write the profile to a file: .html, .svg, .folded, .speedscope.json, .pb.gz (pprof) or .cpuprofile.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How many functions and lines to print.
    #[arg(long, default_value_t = 15, value_name = "N")]
    top: usize,
    /// Of a V8 log, print what `node --prof-process` prints instead of hot functions and lines.
    #[arg(long)]
    ticks: bool,
    /// Print nothing but the result.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let only_ticks = args.ticks && args.format == Format::Text;
    let wanted = match (only_ticks, args.format) {
        (true, _) if args.output.is_none() => Wanted::Ticks,
        (false, Format::Text) => Wanted::Profile,
        _ => Wanted::All,
    };
    let read = ::runs::read_profile(&args.file, wanted)?;
    if args.ticks && read.ticks.is_none() {
        bail!("{} is a {}: only V8 logs hold ticks (node --prof)", args.file.display(), read.format);
    }
    let index = ProfileIndex::new(read.profile);
    if let Some(output) = &args.output {
        convert(&index, &args.file, output)?;
    }
    let found = if only_ticks { Vec::new() } else { decisions_of(&index) };
    match args.format {
        Format::Json => {
            let mut object = profile_json::profile_object(&index, None);
            if !index.profile().decisions.is_empty() {
                let tables = Tables::new(&index, None);
                object.insert("recorded".into(), json!(index.profile().decisions.recorded));
                object.insert("findings".into(), found.iter().map(|finding| trace_json::object(finding, None)).collect());
                object.insert("functions".into(), tables.functions().into());
                object.insert("deopts".into(), tables.deopts().into());
                object.insert("inlinings".into(), tables.inlinings().into());
                object.insert("inlineCaches".into(), tables.inline_caches().into());
            }
            if let Some(ticks) = &read.ticks {
                object.insert("ticks".into(), report_ticks::json(ticks));
            }
            print_json(&object)?;
        }
        Format::Text if only_ticks => {
            print_text(&read.ticks.iter().map(|ticks| report_ticks::sections_text(ticks, &args.file)).collect::<String>())?;
        }
        Format::Text => {
            let mut text = if args.quiet { String::new() } else { format!("{} · {}\n", args.file.display(), read.format) };
            text.push_str(&if index.profile().tree.has_bytes() {
                report_heap::text(&index, args.top)
            } else {
                profile_text::profile_text(&index, None, args.top)
            });
            text.extend(read.ticks.as_ref().map(report_ticks::summary_text));
            if !index.profile().decisions.is_empty() {
                text.push_str(&trace_text::findings_text(&found, None, args.top));
                text.push_str(&trace_text::counts_text(&index.profile().decisions));
            }
            for note in &index.profile().notes {
                text.push_str(&format!("  Note: {note}\n"));
            }
            print_text(&text)?;
        }
    }
    Ok(Outcome::Success)
}

/// Longest text that is parsed for findings: longer ones are bundles, whose syntax takes longer to read than a log of 100 MB. Findings on
/// them say no code.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// What V8's decisions in a file show. A file says nothing of its program's environment, on which the other findings depend.
fn decisions_of(index: &ProfileIndex) -> Vec<Finding> {
    if index.profile().decisions.is_empty() {
        return Vec::new();
    }
    let text_of = |path: &str| {
        let is_source = std::fs::metadata(path).is_ok_and(|file| file.len() <= MAX_TEXT_BYTES);
        if is_source { std::fs::read_to_string(path).ok() } else { None }
    };
    let mut found = findings(index, &Surroundings { node_env: None, text_of: &text_of, thresholds: Thresholds::default() });
    found.retain(|finding| !finding.code.starts_with("template/"));
    found
}

fn convert(index: &ProfileIndex, input: &Path, output: &Path) -> anyhow::Result<()> {
    use formats::write::{collapsed, cpuprofile, pprof, speedscope, svg};
    type Write<'a> = Box<dyn FnOnce(&mut BufWriter<File>) -> std::io::Result<()> + 'a>;
    let profile = index.profile();
    let title = input.file_name().map_or_else(|| "profile".to_owned(), |name| name.to_string_lossy().into_owned());
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let write: Write<'_> = match () {
        () if name.ends_with(".html") => Box::new(|out| ::runs::write_report(index, &title, out)),
        () if name.ends_with(".svg") => Box::new(|out| svg::write(profile, &title, None, out)),
        () if name.ends_with(".folded") || name.ends_with(".txt") => {
            Box::new(|out| collapsed::write(profile, collapsed::Weight::main_of(profile), out))
        }
        () if name.ends_with(".speedscope.json") => Box::new(|out| speedscope::write(profile, &title, out)),
        () if name.ends_with(".pb.gz") || name.ends_with(".pprof") => Box::new(|out| pprof::write(profile, out)),
        () if name.ends_with(".cpuprofile") => Box::new(|out| cpuprofile::write(profile, out)),
        () => bail!(
            "cannot write {}: its ending is none of .html, .svg, .folded, .speedscope.json, .pb.gz, .pprof and .cpuprofile",
            output.display()
        ),
    };
    if output.exists() && std::fs::canonicalize(output).ok() == std::fs::canonicalize(input).ok() {
        bail!("{} is the input itself: name another file", output.display());
    }
    let file = File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
    let mut out = BufWriter::new(file);
    write(&mut out).and_then(|()| out.flush()).with_context(|| format!("cannot write {}", output.display()))
}
