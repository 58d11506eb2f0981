//! Tickmark.
