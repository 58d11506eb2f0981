//! What a reader of a report must know before its figures.

use serde::{Deserialize, Serialize};
use stats::{Steadiness, SteadinessCriteria, steadiness};

use crate::report::Report;

/// Something that spoils a measurement, or bounds what may be read from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// One sentence or two for people, with what to do.
    pub text: String,
}

/// What a note is about, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoteKind {
    /// The generator was the limit, not the server.
    ClientLimited,
    /// The generator and the server take processors from each other.
    SharesCores,
    /// Fewer requests per second than asked for.
    RateNotAchieved,
    /// Requests of an open loop waited for a free connection.
    ConnectionsBusy,
    /// The server allowed fewer requests in flight on a connection than planned.
    FewerStreams,
    /// Requests failed.
    Failures,
    /// Answers were redirects, which are not followed.
    Redirects,
    /// Somebody ended the run before its limit.
    Interrupted,
    /// Figures changed during the run.
    Unsteady,
    /// Too few requests for a percentile.
    FewForTail,
    /// The tail of a closed loop is not what clients would see.
    ClosedLoopTail,
}

impl NoteKind {
    /// Whether the headline must not be read without it.
    pub fn spoils(self) -> bool {
        !matches!(self, Self::FewForTail | Self::ClosedLoopTail)
    }
}

/// Percentiles of a report by default.
pub const PERCENTILES: [f64; 5] = [50.0, 75.0, 90.0, 99.0, 99.9];
/// Fewest requests beyond a percentile for it to be more than chance.
pub const FEWEST_BEYOND: u64 = 10;

/// Share of all processors above which the generator and the server disturb each other.
const BUSY_MACHINE: f64 = 0.9;
/// Share of the run that the generator may wait for a processor.
const WAITING: f64 = 0.05;
/// Share of the requested rate that counts as achieved.
const ACHIEVED: f64 = 0.99;
/// Share of requests that may wait for a connection.
const WAITED: f64 = 0.01;
/// Parts of a run that are compared, and by how much they may drift in all.
const PARTS: usize = 10;
const DRIFT: f64 = 0.15;
/// The same of the median latency of an open loop, which a queue multiplies.
const LATENCY_DRIFT: f64 = 0.5;

impl Report {
    /// What must be known of this report, the worst first.
    pub fn notes(&self) -> Vec<Note> {
        self.notes_for(&PERCENTILES)
    }

    /// The same when these percentiles are told of it, 0 to 100.
    pub fn notes_for(&self, percentiles: &[f64]) -> Vec<Note> {
        let notes = [
            (NoteKind::ClientLimited, self.client_limited()),
            (NoteKind::SharesCores, self.shares_cores()),
            (NoteKind::RateNotAchieved, self.rate_not_achieved()),
            (NoteKind::ConnectionsBusy, self.connections_busy()),
            (NoteKind::FewerStreams, self.fewer_streams()),
            (NoteKind::Failures, self.failures_text()),
            (NoteKind::Redirects, self.redirects()),
            (NoteKind::Interrupted, self.interrupted_text()),
            (NoteKind::Unsteady, self.unsteady()),
            (NoteKind::FewForTail, self.few_for_tail(percentiles)),
            (NoteKind::ClosedLoopTail, self.closed_loop_tail()),
        ];
        notes.into_iter().filter_map(|(kind, text)| text.map(|text| Note { kind, text })).collect()
    }

    fn client_limited(&self) -> Option<String> {
        let generator = &self.generator;
        let processors = self.machine.map_or(1, |machine| machine.processors);
        let advice = match generator.threads < self.connections && generator.threads < processors {
            true => "Give it more threads (--threads).",
            false => "Ask for less with --rate, or use a machine with more processors.",
        };
        self.client_limited.then(|| {
            format!(
                "The load generator was the limit, not the server: it was busy for {} of the run, so requests/s and latencies are its own. {advice}",
                percent(generator.busy_share)
            )
        })
    }

    fn shares_cores(&self) -> Option<String> {
        let busy = self.machine.filter(|machine| machine.busy_share > BUSY_MACHINE);
        let waiting = self.generator.waiting_share.filter(|share| *share > WAITING);
        let what = match (busy, waiting) {
            (None, None) => return None,
            (_, Some(share)) => format!("the load generator waited for a processor for {} of the run", percent(share)),
            (Some(machine), None) => format!("all {} processors were {} busy", machine.processors, percent(machine.busy_share)),
        };
        let threads = if self.generator.threads > 1 { "use fewer --threads, " } else { "" };
        Some(format!(
            "The load generator and the server shared processors: {what}, so the server can do more than this. End other programs, {threads}\
             or measure from another machine."
        ))
    }

    fn rate_not_achieved(&self) -> Option<String> {
        let requested = self.requested_rate.filter(|requested| self.achieved_rate < requested * ACHIEVED)?;
        if self.interrupted {
            return None;
        }
        let why = if self.waited > 0 {
            "every connection was busy: the server cannot take this rate, or needs more --connections"
        } else {
            "the load generator could not send it: lower --rate, or raise --threads and --connections"
        };
        Some(format!(
            "Only {} of the {} requests/s asked for were sent, because {why}. Requests that were never sent are in no latency.",
            rate(self.achieved_rate),
            rate(requested)
        ))
    }

    fn fewer_streams(&self) -> Option<String> {
        self.streams_allowed.map(|allowed| {
            format!(
                "The server allowed only {allowed} of the {} streams planned on a connection (SETTINGS_MAX_CONCURRENT_STREAMS), so no more \
                 requests were in flight on each. Raise --connections instead.",
                self.in_flight
            )
        })
    }

    fn connections_busy(&self) -> Option<String> {
        let share = self.waited as f64 / self.sent.max(1) as f64;
        // That the rate was not achieved says it already.
        (share > WAITED && self.rate_not_achieved().is_none()).then(|| {
            format!(
                "{} of the requests were due while all {} connections were busy, and had to wait, which is part of their latency but not of \
                 their service time. Raise --connections, unless the server's clients are as few.",
                percent(share),
                self.connections
            )
        })
    }

    fn failures_text(&self) -> Option<String> {
        let kinds: Vec<String> = self.errors.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
        let others = if self.completed > 0 { " Requests/s and latencies are those of the other requests." } else { "" };
        (self.failed > 0).then(|| {
            format!(
                "{} of {} requests failed ({}): {}.{others}",
                self.failed,
                self.sent,
                percent(self.failed as f64 / self.sent.max(1) as f64),
                kinds.join(", ")
            )
        })
    }

    fn redirects(&self) -> Option<String> {
        let redirects: u64 =
            self.statuses.iter().filter(|(status, _)| (300..400).contains(*status) && **status != 304).map(|(_, n)| n).sum();
        (redirects > 0).then(|| format!("{redirects} answers were redirects, which are not followed: measure the address they lead to."))
    }

    fn interrupted_text(&self) -> Option<String> {
        self.interrupted
            .then(|| format!("The run was interrupted after {:.1} s: the figures are those of the part before.", self.duration_ms / 1e3))
    }

    /// In a closed loop of the rate; in an open loop of the latency, unless the rate was to change.
    fn unsteady(&self) -> Option<String> {
        let whole = self.slices.iter().filter(|slice| slice.duration_ms >= self.slices[0].duration_ms);
        let whole: Vec<_> = whole.collect();
        let size = whole.len() / PARTS;
        if size == 0 {
            return None;
        }
        let parts = || whole[whole.len() - size * PARTS..].chunks(size);
        let rates: Vec<f64> = parts().map(|part| part.iter().map(|slice| slice.completed as f64).sum()).collect();
        if !self.open_loop {
            return drift(&rates, DRIFT).map(|drift| {
                let way = if drift > 0.0 { "rose" } else { "fell" };
                let advice =
                    if drift > 0.0 { "Warm the server up (--warm-up 10s)." } else { "Measure for longer, and look at what grows." };
                format!(
                    "Requests/s {way} by about {} during the run, so its figures are of no steady state. {advice}",
                    percent(drift.abs())
                )
            });
        }
        if self.ramp.is_some() {
            return None;
        }
        let medians: Vec<f64> = parts()
            .map(|part| {
                let medians: Vec<f64> = part.iter().filter_map(|slice| slice.p50_us).collect();
                stats::median(&medians).ok()
            })
            .collect::<Option<_>>()?;
        drift(&medians, LATENCY_DRIFT).map(|drift| {
            if drift > 0.0 {
                "Latency grew during the run, as it does when requests queue up: the server does not keep up with this rate. Lower --rate."
                    .to_owned()
            } else {
                "Latency fell during the run, so its figures are of no steady state. Warm the server up (--warm-up 10s).".to_owned()
            }
        })
    }

    fn few_for_tail(&self, percentiles: &[f64]) -> Option<String> {
        let few = |percent: &&f64| **percent < 100.0 && self.latency_counts.beyond(**percent) < FEWEST_BEYOND;
        let lowest = percentiles.iter().filter(few).min_by(|a, b| a.total_cmp(b))?;
        if self.latency_counts.is_empty() {
            return None;
        }
        let beyond = self.latency_counts.beyond(*lowest);
        let needed = (FEWEST_BEYOND as f64 / (1.0 - lowest / 100.0)).round();
        Some(format!(
            "{beyond} of {} requests lie beyond p{lowest}, which is too few: with {needed:.0} requests it is more than chance.",
            self.latency_counts.len()
        ))
    }

    fn closed_loop_tail(&self) -> Option<String> {
        let rate = round_down(self.requests_per_second / 2.0);
        (!self.open_loop && !self.latency_counts.is_empty()).then(|| {
            format!(
                "A closed loop waits for the server: while an answer is slow, requests that would have been slow too are not sent, so its tail \
                 is too good. For latencies, send at a fixed rate, such as --rate {rate}."
            )
        })
    }
}

/// The change from the first to the last of `values` along their trend, when it is larger than `most` and no chance.
fn drift(values: &[f64], most: f64) -> Option<f64> {
    // Scatter alone is no drift.
    let criteria = SteadinessCriteria { slices: values.len(), max_variation: f64::INFINITY, max_drift: most };
    match steadiness(values, &criteria) {
        Ok(Steadiness::Trending { drift, .. }) if drift.abs() > most => Some(drift),
        _ => None,
    }
}

/// With one significant digit, downwards: a rate to suggest.
fn round_down(rate: f64) -> u64 {
    let unit = 10f64.powi(rate.max(1.0).log10().floor() as i32);
    ((rate / unit).floor() * unit).max(1.0) as u64
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") }
}

#[cfg(test)]
mod tests;
