//! The distributions of a report in the formats of HdrHistogram.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::distribution::Distribution;
use crate::report::Report;

/// A log or a table could not be made; only memory can be the reason.
#[derive(Debug, thiserror::Error)]
#[error("the latencies cannot be written as a HdrHistogram: {0}")]
pub struct HdrError(String);

/// Percentile lines per halving of what is left, as HdrHistogram's own tools print.
const TICKS_PER_HALF: u32 = 5;

impl Report {
    /// A log that HdrHistogram's tools read (`HistogramLogProcessor`, the log analyser): one
    /// interval for the whole run with tag `latency`, in an open loop a second one with tag
    /// `service`. Values are microseconds.
    ///
    /// # Errors
    /// [`HdrError`].
    pub fn hdr_log(&self, started: SystemTime) -> Result<String, HdrError> {
        let mut log = Vec::new();
        let mut serializer = V2DeflateSerializer::new();
        let mut writer = IntervalLogWriterBuilder::new()
            .add_comment("[Logged with tickmark load; values are in microseconds]")
            .add_comment("[Histogram log format version 1.3]")
            .with_start_time(started)
            .with_base_time(started)
            .begin_log_with(&mut log, &mut serializer)
            .map_err(failed)?;
        let duration = Duration::try_from_secs_f64(self.duration_ms / 1e3).unwrap_or_default();
        for (tag, distribution) in [("latency", &self.latency_counts), ("service", &self.service_counts)] {
            if tag == "latency" || !distribution.is_empty() {
                let histogram = histogram(distribution)?;
                writer.write_histogram(&histogram, Duration::ZERO, duration, Tag::new(tag)).map_err(failed)?;
            }
        }
        String::from_utf8(log).map_err(failed)
    }

    /// The percentiles of the latency as HdrHistogram's tools print and plot them (`.hgrm`): value in
    /// milliseconds, percentile from 0 to 1, how many requests up to it, 1/(1-percentile).
    ///
    /// # Errors
    /// [`HdrError`].
    pub fn hgrm(&self) -> Result<String, HdrError> {
        let histogram = histogram(&self.latency_counts)?;
        let mut out = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
        if !histogram.is_empty() {
            let mut total = 0;
            for step in histogram.iter_quantiles(TICKS_PER_HALF) {
                total += step.count_since_last_iteration();
                let value = self.latency_counts.percentile_ms(step.quantile() * 100.0).unwrap_or_default();
                let _ = write!(out, "{value:>12.3} {:>14.12} {total:>10}", step.quantile_iterated_to());
                let left = 1.0 - step.quantile_iterated_to();
                // The last line has no inverse.
                let _ = if left > 0.0 { writeln!(out, " {:>14.2}", 1.0 / left) } else { writeln!(out) };
            }
        }
        let mean = self.latency_ms.map_or(0.0, |latency| latency.mean);
        let max = self.latency_ms.map_or(0.0, |latency| latency.max);
        let _ = writeln!(out, "#[Mean    = {mean:>12.3}, StdDeviation   = {:>12.3}]", histogram.stdev() / 1e3);
        let _ = writeln!(out, "#[Max     = {max:>12.3}, Total count    = {:>12}]", histogram.len());
        let _ = writeln!(out, "#[Buckets = {:>12}, SubBuckets     = {:>12}]", histogram.buckets(), 2048);
        Ok(out)
    }
}

/// In microseconds; what is shorter than one counts as one, since HdrHistogram's tools take 0 for nothing recorded.
fn histogram(distribution: &Distribution) -> Result<Histogram<u64>, HdrError> {
    let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).map_err(failed)?;
    for (us, count) in &distribution.counts {
        histogram.record_n((us.round() as u64).max(1), *count).map_err(failed)?;
    }
    Ok(histogram)
}

fn failed(error: impl std::fmt::Display) -> HdrError {
    HdrError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
    use std::time::UNIX_EPOCH;

    /// Tag, duration in seconds, and histogram of each interval, as a reader of such logs gets them.
    fn read(log: &str) -> Vec<(String, f64, Histogram<u64>)> {
        let entries = IntervalLogIterator::new(log.as_bytes()).map(|entry| entry.unwrap());
        entries
            .filter_map(|entry| match entry {
                LogEntry::Interval(interval) => {
                    let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
                    let histogram = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                    Some((interval.tag().unwrap().to_string(), interval.duration().as_secs_f64(), histogram))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_log_is_read_back() {
        let mut report = report();
        report.duration_ms = 2500.0;
        report.latency_counts = Distribution { counts: vec![(0.4, 1), (61.5, 97), (1_440_000.0, 2)] };
        report.service_counts = Distribution { counts: vec![(60.0, 100)] };
        let log = report.hdr_log(UNIX_EPOCH + Duration::from_millis(1_700_000_000_500)).unwrap();
        assert!(log.contains("#[StartTime: 1700000000.500 (seconds since epoch)]\n"), "{log}");
        let read = read(&log);
        let tags: Vec<_> = read.iter().map(|(tag, seconds, histogram)| (tag.as_str(), *seconds, histogram.len())).collect();
        assert_eq!(tags, [("latency", 2.5, 100), ("service", 2.5, 100)]);
        let latency = &read[0].2;
        assert_eq!((latency.min(), latency.value_at_quantile(0.5)), (1, 62));
        assert!((1_440_000..1_442_000).contains(&latency.max()), "{}", latency.max());
    }

    #[test]
    fn a_closed_loop_and_an_empty_one_have_latencies_only() {
        let mut report = report();
        report.latency_counts = Distribution::default();
        let read = read(&report.hdr_log(UNIX_EPOCH).unwrap());
        assert_eq!(read.len(), 1);
        assert!(read[0].2.is_empty());
        assert!(report.hgrm().unwrap().contains("Total count    =            0"));
    }

    #[test]
    fn percentiles_as_a_table() {
        let mut report = report();
        report.latency_counts = Distribution { counts: (1..=1000).map(|ms| (f64::from(ms) * 1e3, 1)).collect() };
        let table = report.hgrm().unwrap();
        let rows: Vec<Vec<f64>> = table
            .lines()
            .filter(|line| !line.starts_with('#') && !line.contains("Value") && !line.is_empty())
            .map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect())
            .collect();
        let [median] = &rows.iter().filter(|row| row[1] == 0.5).collect::<Vec<_>>()[..] else { panic!("{table}") };
        assert!((median[0] - 500.0).abs() < 1.0 && median[3] == 2.0, "{median:?}");
        assert!(rows.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][2] <= pair[1][2]), "{table}");
        let last = &rows[rows.len() - 1];
        assert_eq!((last[0], last[1], last[2], last.len()), (1000.0, 1.0, 1000.0, 3));
    }
}
