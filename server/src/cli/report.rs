//! `tickmark report`

use super::{Format, Outcome, print_json, print_text, profile_json, profile_text};
use anyhow::{Context, bail};
use profile::index::ProfileIndex;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Arguments of `tickmark report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A .cpuprofile or V8 log.
    file: PathBuf,
    /// Write the profile to a file: .html, .svg, .folded, .speedscope.json or .cpuprofile.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How many functions and lines to print.
    #[arg(long, default_value_t = 15, value_name = "N")]
    top: usize,
    /// Print nothing but the result.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let read = ::runs::read_profile(&args.file)?;
    let index = ProfileIndex::new(read.profile);
    if let Some(output) = &args.output {
        convert(&index, &args.file, output)?;
    }
    match args.format {
        Format::Json => print_json(&profile_json::profile_object(&index, None))?,
        Format::Text => {
            let mut text = if args.quiet { String::new() } else { format!("{} · {}\n", args.file.display(), read.format) };
            text.push_str(&profile_text::profile_text(&index, None, args.top));
            for note in &index.profile().notes {
                text.push_str(&format!("  Note: {note}\n"));
            }
            print_text(&text)?;
        }
    }
    Ok(Outcome::Success)
}

fn convert(index: &ProfileIndex, input: &Path, output: &Path) -> anyhow::Result<()> {
    use formats::write::{collapsed, cpuprofile, speedscope, svg};
    type Write<'a> = Box<dyn FnOnce(&mut BufWriter<File>) -> std::io::Result<()> + 'a>;
    let profile = index.profile();
    let title = input.file_name().map_or_else(|| "profile".to_owned(), |name| name.to_string_lossy().into_owned());
    let name = output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let write: Write<'_> = match () {
        () if name.ends_with(".html") => Box::new(|out| ::runs::write_report(index, &title, out)),
        () if name.ends_with(".svg") => Box::new(|out| svg::write(profile, &title, None, out)),
        () if name.ends_with(".folded") || name.ends_with(".txt") => {
            Box::new(|out| collapsed::write(profile, collapsed::Weight::Microseconds, out))
        }
        () if name.ends_with(".speedscope.json") => Box::new(|out| speedscope::write(profile, &title, out)),
        () if name.ends_with(".cpuprofile") => Box::new(|out| cpuprofile::write(profile, out)),
        () => bail!("cannot write {}: its ending is none of .html, .svg, .folded, .speedscope.json and .cpuprofile", output.display()),
    };
    if output.exists() && std::fs::canonicalize(output).ok() == std::fs::canonicalize(input).ok() {
        bail!("{} is the input itself: name another file", output.display());
    }
    let file = File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
    let mut out = BufWriter::new(file);
    write(&mut out).and_then(|()| out.flush()).with_context(|| format!("cannot write {}", output.display()))
}
