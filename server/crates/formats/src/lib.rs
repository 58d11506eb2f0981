//! Profile formats: bytes to model and model to bytes.
