//! Text and code: documents, positions, edit anchors, syntax, functions, routes, source maps.
