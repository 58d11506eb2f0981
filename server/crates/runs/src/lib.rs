//! A measurement from start to stored result.
