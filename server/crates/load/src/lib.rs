//! HTTP load generator.
