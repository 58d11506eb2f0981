//! Results and a document snapshot to hints, lenses, hovers, diagnostics and actions as plain data.
