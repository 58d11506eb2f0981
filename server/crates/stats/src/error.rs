use std::fmt;

/// Why a statistic could not be computed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum StatsError {
    /// There are fewer values than the method needs.
    TooFew {
        /// Smallest number of values that would do.
        needed: usize,
        /// Number of values given.
        got: usize,
    },
    /// A value is NaN or infinite.
    NotFinite {
        /// 0-based index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value must be above zero, because a ratio is asked for.
    NotPositive {
        /// 0-based index of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The confidence (or another probability) is not strictly between 0 and 1.
    Confidence(f64),
    /// The rounding of values is not a finite number of at least 0.
    Rounding(f64),
    /// A share with more successes than trials, or with negative counts.
    Proportion {
        /// Successes given.
        successes: f64,
        /// Trials given.
        trials: f64,
    },
    /// Paired values whose lists differ in length.
    Unpaired {
        /// Length of the first list.
        first: usize,
        /// Length of the second list.
        second: usize,
    },
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { needed, got } => {
                write!(f, "needs at least {needed} values, got {got}: measure more")
            }
            Self::NotFinite { index, value } => {
                write!(f, "value {index} is {value}, which is not a finite number")
            }
            Self::NotPositive { index, value } => write!(f, "value {index} is {value}: a ratio needs values above zero"),
            Self::Confidence(given) => write!(f, "confidence must lie strictly between 0 and 1 (as 0.95), got {given}"),
            Self::Rounding(value) => write!(f, "the rounding of values must be a finite number of at least 0, got {value}"),
            Self::Proportion { successes, trials } => {
                write!(f, "{successes} successes of {trials} trials is not a share")
            }
            Self::Unpaired { first, second } => write!(f, "paired values must come in equal numbers, got {first} and {second}"),
        }
    }
}

impl std::error::Error for StatsError {}

pub(crate) fn check_confidence(confidence: f64) -> Result<(), StatsError> {
    if confidence > 0.0 && confidence < 1.0 { Ok(()) } else { Err(StatsError::Confidence(confidence)) }
}

pub(crate) fn check_finite(values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(StatsError::NotFinite { index, value: values[index] }),
        None => Ok(()),
    }
}

pub(crate) fn check_positive(values: &[f64]) -> Result<(), StatsError> {
    check_finite(values)?;
    match values.iter().position(|value| *value <= 0.0) {
        Some(index) => Err(StatsError::NotPositive { index, value: values[index] }),
        None => Ok(()),
    }
}

pub(crate) fn check_count(needed: usize, got: usize) -> Result<(), StatsError> {
    if got < needed { Err(StatsError::TooFew { needed, got }) } else { Ok(()) }
}
