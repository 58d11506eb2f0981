//! Summaries, intervals and comparisons of measurements.
