//! The columnar model of a profile, and the figures computed from it.
