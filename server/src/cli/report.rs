//! `tickmark report`

use super::trace_tables::Tables;
use super::{Format, Outcome, print_json, print_text, profile_json, profile_text, report_heap, report_ticks, trace_json, trace_text};
use ::runs::Wanted;
use ::runs::export::{ExportFormat, Origin, export};
use ::runs::findings::{Surroundings, Thresholds, findings};
use anyhow::bail;
use profile::Finding;
use profile::index::ProfileIndex;
use serde_json::json;
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
    // Folded stacks have no ending of their own: other tools write them as text.
    let is_text = output.extension().is_some_and(|ending| ending == "txt");
    let Some(format) = ExportFormat::of_path(output).or(is_text.then_some(ExportFormat::Folded)) else {
        let of_profiles = ExportFormat::ALL.into_iter().filter(|format| *format != ExportFormat::Json);
        let endings: Vec<&str> = of_profiles.map(ExportFormat::ending).collect();
        bail!("cannot write {}: its name ends in none of {}", output.display(), endings.join(", "));
    };
    if output.exists() && std::fs::canonicalize(output).ok() == std::fs::canonicalize(input).ok() {
        bail!("{} is the input itself: name another file", output.display());
    }
    let title = input.file_name().map_or_else(|| "profile".to_owned(), |name| name.to_string_lossy().into_owned());
    export(index, Origin::Titled(&title), format, output)?;
    Ok(())
}
