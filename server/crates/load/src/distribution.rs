use serde::{Deserialize, Serialize};

/// A distribution of durations, exact to three significant digits: what percentiles,
/// histograms and HdrHistogram logs are made of. As JSON: pairs of microseconds and count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distribution {
    /// Microseconds (the upper end of what the histogram tells apart) and how often;
    /// ascending, counts above 0.
    pub counts: Vec<(f64, u64)>,
}

impl Distribution {
    /// How many durations there are.
    pub fn len(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Nearest-rank percentile in milliseconds, `percent` from 0 to 100; None of nothing.
    pub fn percentile_ms(&self, percent: f64) -> Option<f64> {
        let wanted = (percent / 100.0 * self.len() as f64 - 1e-9).ceil().max(1.0) as u64;
        let mut below = 0;
        for (us, count) in &self.counts {
            below += count;
            if below >= wanted {
                return Some(us / 1e3);
            }
        }
        self.counts.last().map(|(us, _)| us / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles() {
        let distribution = Distribution { counts: vec![(10.0, 1), (20.0, 8), (500.0, 1)] };
        let check = |percent, expected| assert_eq!(distribution.percentile_ms(percent), Some(expected), "{percent}");
        check(0.0, 0.01);
        check(10.0, 0.01);
        check(10.1, 0.02);
        check(90.0, 0.02);
        check(90.1, 0.5);
        check(100.0, 0.5);
        assert_eq!(Distribution::default().percentile_ms(50.0), None);
    }

    #[test]
    fn as_json() {
        let distribution = Distribution { counts: vec![(61.5, 2)] };
        assert_eq!(serde_json::to_string(&distribution).unwrap(), "[[61.5,2]]");
    }
}
