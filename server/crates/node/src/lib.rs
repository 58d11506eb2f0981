//! The Node.js process outside: toolchain discovery, process trees, inspector, ports.

pub mod entry;
pub mod flags;
pub mod inspector;
pub mod natives;
pub mod ports;
pub mod process;
pub mod toolchain;
