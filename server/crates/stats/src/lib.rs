//! Summaries, intervals and comparisons of measurements.
//!
//! Everything here is a pure function of its arguments: the resampling methods
//! take a seed, so that the same values give the same answer on every machine.

mod bootstrap;
mod comparison;
mod distributions;
mod error;
mod interval;
mod mean;
mod median;
mod proportion;
mod random;
mod rank_tests;
mod steadiness;
mod summary;

pub use bootstrap::{BootstrapOptions, bootstrap_interval};
pub use comparison::{Better, Comparison, ComparisonOptions, Verdict, paired_ratio_comparison, ratio_comparison};
pub use error::StatsError;
pub use interval::Interval;
pub use mean::{MeanOptions, half_width_in_sds, mean_interval};
pub use median::{MedianInterval, median_interval};
pub use proportion::{proportion_difference_interval, proportion_interval};
pub use random::Random;
pub use steadiness::{Steadiness, SteadinessCriteria, steadiness};
pub use summary::{PercentileDefinition, Summary, median, percentile};
