//! A report in the formats of the command.

use super::super::{Outcome, print_text};
use super::args::ResultArgs;
use super::text::{Shown, text};
use super::values::Output;
use ::load::{PERCENTILES, Report};
use anyhow::{Context, bail};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::time::SystemTime;

/// A report, and what is known of it besides.
pub(super) struct Printed<'a> {
    pub(super) report: &'a Report,
    pub(super) started: SystemTime,
    /// Keys of the JSON besides the report's: `target`, and of a stored run what is known of it.
    pub(super) facts: Vec<(&'static str, Value)>,
    /// Sentences about what spoils the run that its report does not know.
    pub(super) notes: Vec<String>,
    /// Lines above the text.
    pub(super) heading: String,
    /// Lines below it.
    pub(super) below: String,
}

impl ResultArgs {
    /// The chosen percentiles, or the usual ones.
    pub(super) fn percentiles(&self) -> &[f64] {
        self.percentiles.as_ref().map_or(&PERCENTILES, |percentiles| &percentiles.0)
    }

    pub(super) fn format(&self) -> Output {
        let by_name = self.output.as_deref().and_then(Output::of_file);
        self.format.or(by_name).unwrap_or(Output::Text)
    }

    /// Refuses a file that cannot be written, before anything is measured.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let Some(file) = &self.output else { return Ok(()) };
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            bail!("--output {}: there is no folder {}", file.display(), folder.display());
        }
        if file.is_dir() {
            bail!("--output {}: this is a folder; name a file", file.display());
        }
        Ok(())
    }

    /// Prints a result made by `formatted`, or writes it to the file asked for and prints the text besides.
    pub(super) fn deliver(&self, formatted: impl Fn(Output) -> anyhow::Result<String>) -> anyhow::Result<()> {
        let format = self.format();
        let result = formatted(format)?;
        let Some(file) = &self.output else { return print_text(&result) };
        std::fs::write(file, result).with_context(|| format!("--output {}: it cannot be written", file.display()))?;
        if !self.quiet {
            let text = formatted(Output::Text)?;
            print_text(&format!("{}\n\n  Written to {}\n", text.trim_end(), file.display()))?;
        }
        Ok(())
    }
}

impl Printed<'_> {
    pub(super) fn deliver(&self, args: &ResultArgs) -> anyhow::Result<()> {
        let shown = Shown { percentiles: args.percentiles(), notes: &self.notes, ..Shown::usual() };
        args.deliver(|format| {
            Ok(match format {
                Output::Text if args.quiet => text(self.report, &shown),
                Output::Text => self.text(&shown),
                Output::Json => format!("{:#}\n", self.json(args.percentiles())?),
                Output::Csv => csv(self.report),
                Output::Hdr => self.report.hdr_log(self.started)?,
                Output::Hgrm => self.report.hgrm()?,
            })
        })
    }

    /// As [`Self::deliver`] prints it by default.
    pub(super) fn usual_text(&self) -> String {
        self.text(&Shown { notes: &self.notes, ..Shown::usual() })
    }

    fn text(&self, shown: &Shown<'_>) -> String {
        let around = |text: &str| shown.charset.apply(text.to_owned());
        around(&self.heading) + &text(self.report, shown) + &around(&self.below)
    }

    pub(super) fn json(&self, percentiles: &[f64]) -> anyhow::Result<Value> {
        let mut value = self.report.json(percentiles, &self.notes)?;
        for (key, fact) in &self.facts {
            value[*key] = fact.clone();
        }
        Ok(value)
    }

    /// Whether all went well: a run fails when a request does, and is interrupted by the user.
    pub(super) fn outcome(&self) -> Outcome {
        match self.report {
            report if report.interrupted => Outcome::Interrupted,
            report if report.failed > 0 => Outcome::Failure,
            _ => Outcome::Success,
        }
    }
}

/// A row per slice. Latencies of a slice in which nothing completed are empty.
fn csv(report: &Report) -> String {
    let mut out = String::from("start_ms,duration_ms,completed,failed,requests_per_second,mean_ms,p50_ms,p99_ms\n");
    let ms = |us: Option<f64>| us.map(|us| format!("{:.6}", us / 1e3)).unwrap_or_default();
    for slice in &report.slices {
        let rate = slice.completed as f64 / (slice.duration_ms / 1e3).max(1e-9);
        let _ = writeln!(
            out,
            "{:.3},{:.3},{},{},{rate:.3},{},{},{}",
            slice.start_ms,
            slice.duration_ms,
            slice.completed,
            slice.failed,
            ms(slice.mean_us),
            ms(slice.p50_us),
            ms(slice.p99_us)
        );
    }
    out
}
