//! Values of options.

use super::super::entry::milliseconds;
use ::load::{ExpectedStatus, Pace, Rate};
use clap::ValueEnum;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Most requests per second that can be asked for.
const MAX_RATE: f64 = 1e7;

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For a person.
    Text,
    /// One JSON object, documented in the README.
    Json,
    /// A line per quarter of a second: time, completed, failed, requests/s, median and 99th percentile.
    Csv,
    /// An interval log of HdrHistogram (V2), in microseconds.
    #[value(alias = "hlog")]
    Hdr,
    /// HdrHistogram's percentiles, in milliseconds, for its plotter.
    Hgrm,
}

impl Output {
    /// What the name of a file ends in.
    pub(super) fn of_file(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "hlog" | "hdr" => Some(Self::Hdr),
            "hgrm" => Some(Self::Hgrm),
            _ => None,
        }
    }
}

/// `--rate`: constant, or from one to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RateArg {
    Constant(f64),
    Range(f64, f64),
}

impl RateArg {
    /// With the length of its change; None when that is not known.
    pub(super) fn pace(self, ramp: Option<Duration>, duration: Option<Duration>) -> Option<Pace> {
        Some(Pace::Open(match (self, ramp) {
            (Self::Constant(rate), None) => Rate::Constant(rate),
            (Self::Constant(to), Some(over)) => Rate::Ramp { from: 0.0, to, over },
            (Self::Range(from, to), ramp) => Rate::Ramp { from, to, over: ramp.or(duration)? },
        }))
    }
}

/// `1000`, `0.5`, `2k` or `100..1000`.
pub(super) fn rate(text: &str) -> Result<RateArg, String> {
    let advice = || "write requests per second, such as `1000`, or `100..1000` for a rate that changes".to_owned();
    let number = |text: &str| {
        let text = text.trim();
        let (number, factor) = text.strip_suffix(['k', 'K']).map_or((text, 1.0), |number| (number, 1e3));
        let rate = number.parse::<f64>().ok().filter(|rate| rate.is_finite()).ok_or_else(advice)? * factor;
        match rate {
            rate if rate > MAX_RATE => Err(format!("at most {MAX_RATE:.0} requests per second can be asked for")),
            rate if rate < 0.0 => Err(advice()),
            rate => Ok(rate),
        }
    };
    match text.split_once("..") {
        Some((from, to)) => match (number(from)?, number(to)?) {
            (_, 0.0) => Err("the rate at the end must be above 0".to_owned()),
            (from, to) => Ok(RateArg::Range(from, to)),
        },
        None => match number(text)? {
            0.0 => Err("a rate is above 0; without --rate, the server is asked for as much as it can".to_owned()),
            rate => Ok(RateArg::Constant(rate)),
        },
    }
}

/// A time in ms, or `0` for no warm-up.
pub(super) fn warm_up(text: &str) -> Result<u64, String> {
    match text.trim() {
        "0" | "0s" | "0ms" | "none" => Ok(0),
        text => milliseconds(text).map_err(|advice| format!("{advice}, or `0` for none")),
    }
}

/// `--percentiles`, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Percentiles(pub(super) Vec<f64>);

/// `50,99,99.9`.
pub(super) fn percentiles(text: &str) -> Result<Percentiles, String> {
    let percentile = |text: &str| {
        let text = text.trim();
        let number = text.strip_prefix(['p', 'P']).unwrap_or(text).parse::<f64>();
        number.ok().filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(|| format!("`{text}` is no number from 0 to 100"))
    };
    let mut all = text.split(',').map(percentile).collect::<Result<Vec<_>, _>>()?;
    all.sort_by(f64::total_cmp);
    all.dedup();
    Ok(Percentiles(all))
}

/// `--expect-status`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statuses(pub(super) ExpectedStatus);

/// `200,404`, `2xx`, `200-204`.
pub(super) fn statuses(text: &str) -> Result<Statuses, String> {
    let status = |text: &str| {
        let status = text.trim().parse::<u16>().ok().filter(|status| (100..1000).contains(status));
        status.ok_or_else(|| format!("`{text}` is no status: write such as `200`, `200,404`, `2xx` or `200-204`"))
    };
    let mut all = Vec::new();
    for part in text.split(',') {
        let part = part.trim();
        if let Some(class) = part.to_ascii_lowercase().strip_suffix("xx") {
            let first = status(&format!("{class}00"))?;
            all.extend(first..first + 100);
        } else if let Some((from, to)) = part.split_once('-') {
            let (from, to) = (status(from)?, status(to)?);
            if from > to {
                return Err(format!("`{part}` has no status: the first is above the last"));
            }
            all.extend(from..=to);
        } else {
            all.push(status(part)?);
        }
    }
    all.sort_unstable();
    all.dedup();
    Ok(Statuses(ExpectedStatus::OneOf(all)))
}

/// `--expect-json`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JsonExpectation {
    pub(super) pointer: String,
    pub(super) value: Value,
}

/// `/pointer=value`; a value that is no JSON is a text.
pub(super) fn json_expectation(text: &str) -> Result<JsonExpectation, String> {
    match text.split_once('=') {
        Some((pointer, value)) if pointer.is_empty() || pointer.starts_with('/') => Ok(JsonExpectation {
            pointer: pointer.to_owned(),
            value: serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned())),
        }),
        _ => Err("write a JSON pointer and a value, such as '/items/0/id=7'".to_owned()),
    }
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameValue {
    pub(super) name: String,
    pub(super) value: String,
}

/// `name=value`.
pub(super) fn name_value(text: &str) -> Result<NameValue, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(NameValue { name: name.trim().to_owned(), value: value.to_owned() }),
        _ => Err("write it as `name=value`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rates() {
        fn check(text: &str, expected: Option<RateArg>) {
            assert_eq!(rate(text).ok(), expected, "{text}");
        }
        check("1000", Some(RateArg::Constant(1000.0)));
        check("0.5", Some(RateArg::Constant(0.5)));
        check("2k", Some(RateArg::Constant(2000.0)));
        check("0..1000", Some(RateArg::Range(0.0, 1000.0)));
        check("1k..100", Some(RateArg::Range(1000.0, 100.0)));
        for bad in ["", "0", "-1", "x", "1..", "..2", "5..0", "inf", "NaN", "1e9"] {
            check(bad, None);
        }
    }

    #[test]
    fn a_rate_with_its_ramp() {
        let second = Some(Duration::from_secs(1));
        let ten = Some(Duration::from_secs(10));
        let ramp = |from, to, over: Option<Duration>| Some(Pace::Open(Rate::Ramp { from, to, over: over.unwrap() }));
        assert_eq!(RateArg::Constant(5.0).pace(None, ten), Some(Pace::Open(Rate::Constant(5.0))));
        assert_eq!(RateArg::Constant(5.0).pace(second, ten), ramp(0.0, 5.0, second));
        assert_eq!(RateArg::Range(1.0, 5.0).pace(second, ten), ramp(1.0, 5.0, second));
        assert_eq!(RateArg::Range(1.0, 5.0).pace(None, ten), ramp(1.0, 5.0, ten));
        assert_eq!(RateArg::Range(1.0, 5.0).pace(None, None), None);
    }

    #[test]
    fn lengths_of_a_warm_up() {
        assert_eq!((warm_up("0"), warm_up("none"), warm_up("1.5s")), (Ok(0), Ok(0), Ok(1500)));
        assert!(warm_up("-1").unwrap_err().contains("`0` for none"));
    }

    #[test]
    fn chosen_percentiles() {
        fn check(text: &str, expected: Option<&[f64]>) {
            assert_eq!(percentiles(text).ok().as_ref().map(|percentiles| &percentiles.0[..]), expected, "{text}");
        }
        check("99.99,50, 75,50", Some(&[50.0, 75.0, 99.99]));
        check("p99", Some(&[99.0]));
        check("0,100", Some(&[0.0, 100.0]));
        for bad in ["", "101", "-1", "50,", "x", "NaN"] {
            check(bad, None);
        }
    }

    #[test]
    fn expected_statuses() {
        fn check(text: &str, expected: Option<(&[u16], usize)>) {
            let found = statuses(text).ok().map(|Statuses(statuses)| match statuses {
                ExpectedStatus::OneOf(statuses) => statuses,
                ExpectedStatus::Any2xx => Vec::new(),
            });
            assert_eq!(
                found.as_ref().map(|found| (&found[..expected.map_or(0, |(first, _)| first.len())], found.len())),
                expected,
                "{text}"
            );
        }
        check("200", Some((&[200], 1)));
        check("404, 200,404", Some((&[200, 404], 2)));
        check("200-204", Some((&[200, 201, 202, 203, 204], 5)));
        check("3xx,200", Some((&[200, 300], 101)));
        for bad in ["", "20", "abc", "204-200", "xx", "1000", "0xx", "200,"] {
            check(bad, None);
        }
    }

    #[test]
    fn expected_values() {
        fn check(text: &str, expected: Option<(&str, Value)>) {
            assert_eq!(
                json_expectation(text).ok().map(|found| (found.pointer, found.value)),
                expected.map(|(at, value)| (at.to_owned(), value))
            );
        }
        check("/a/0=7", Some(("/a/0", json!(7))));
        check("/a=\"7\"", Some(("/a", json!("7"))));
        check("/a=x=y", Some(("/a", json!("x=y"))));
        check("={\"a\":null}", Some(("", json!({ "a": null }))));
        check("a=1", None);
        check("/a", None);
    }

    #[test]
    fn formats_of_files() {
        fn check(file: &str, expected: Option<Output>) {
            assert_eq!(Output::of_file(Path::new(file)), expected, "{file}");
        }
        check("a/b.JSON", Some(Output::Json));
        check("b.csv", Some(Output::Csv));
        check("b.hlog", Some(Output::Hdr));
        check("b.hgrm", Some(Output::Hgrm));
        check("b", None);
        check("b.xml", None);
    }
}
