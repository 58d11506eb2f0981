//! Requests that come from files, and what the options add to them.

use super::args::Args;
use super::plan::{Common, method, read};
use ::load::requests::{from_har, from_json};
use ::load::{Plan, RequestSpec, Rows, Target};
use anyhow::{Context, bail};
use std::io::{self, Write};
use std::path::Path;

/// Entries of a recording that are left out and told of by name.
const MOST_SKIPPED: usize = 5;

/// The requests of --request-file or --har, for a server; none without these options.
pub(super) fn of_files(args: &Args, target: &Target) -> anyhow::Result<Option<Vec<RequestSpec>>> {
    if let Some(file) = &args.requests.request_file {
        let folder = file.parent().unwrap_or(Path::new("."));
        let requests = from_json(&text(file, "--request-file")?, folder, target);
        return Ok(Some(requests.with_context(|| format!("--request-file {}", file.display()))?));
    }
    let Some(file) = &args.requests.har else { return Ok(None) };
    let recorded = from_har(&text(file, "--har")?, target).with_context(|| format!("--har {}", file.display()))?;
    if !args.result.quiet {
        tell_of_recording(&recorded.origin, recorded.requests.len(), &recorded.skipped);
    }
    Ok(Some(recorded.requests))
}

/// Says what of a recording is sent, on standard error.
fn tell_of_recording(origin: &str, requests: usize, skipped: &[(String, String)]) {
    let mut out = format!("{requests} requests recorded with {origin} are sent in rotation");
    if !skipped.is_empty() {
        out.push_str(&format!("; {} entries are left out:", skipped.len()));
    }
    for (address, why) in skipped.iter().take(MOST_SKIPPED) {
        out.push_str(&format!("\n  {}: {why}", super::text::printable(address, 100)));
    }
    if skipped.len() > MOST_SKIPPED {
        out.push_str("\n  …");
    }
    // That it cannot be told changes no measurement.
    let _ = writeln!(io::stderr(), "{out}");
}

/// Writes headers, bodies, expectations and rows of the options into a plan.
pub(super) fn complete(args: &Args, plan: &mut Plan) -> anyhow::Result<()> {
    let is_by_address = args.routes.is_empty() && args.requests.request_file.is_none() && args.requests.har.is_none();
    let method = if is_by_address { Some(method(&args.requests)?) } else { None };
    let common = Common::new(&args.requests, &args.success)?;
    let is_only_one = plan.requests.len() == 1 || is_by_address;
    for request in &mut plan.requests {
        if let Some(method) = &method {
            request.method = method.clone();
        }
        // What was recorded is sent as it was.
        let placeholders = args.requests.har.is_none() && !args.requests.no_placeholders;
        common.apply(request, is_only_one, placeholders && (request.placeholders || args.requests.request_file.is_none()));
    }
    if let Some(file) = &args.requests.data {
        if args.requests.no_placeholders {
            bail!("--data fills placeholders, and --no-placeholders sends them as they stand: take one away");
        }
        plan.rows = Rows::from_csv(&text(file, "--data")?).with_context(|| format!("--data {}", file.display()))?;
    }
    Ok(())
}

fn text(file: &Path, option: &str) -> anyhow::Result<String> {
    String::from_utf8(read(file, option)?).with_context(|| format!("{option} {}: it is no text in UTF-8", file.display()))
}
