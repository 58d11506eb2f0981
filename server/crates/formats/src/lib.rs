//! Profile formats: bytes to model and model to bytes.
//!
//! Readers give the model and, in [`profile::Profile::dropped`], the counts of what they could not use. Nothing unknown is fatal.

pub mod read;
pub mod write;
