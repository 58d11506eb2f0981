//! What end-to-end tests share.

pub mod client;
pub mod measured;
