// Figures as the server words them: at most one decimal.
function decimal(number) {
  return (Math.round(number * 10) / 10).toString();
}

/** A share of a whole, both in the same unit: `12.4%`. */
exports.figure = (part, whole) => `${decimal((part / whole) * 100)}%`;

/** A time of at least a millisecond: `12.4 ms`, `1.2 s`. */
exports.time = (ms) => (ms < 1000 ? `${decimal(ms)} ms` : `${decimal(ms / 1000)} s`);

/** What a program took, of at least a millisecond: `12.4 ms`, `412 ms`, `1.2 s`. */
exports.duration = (ms) => (ms < 100 ? `${decimal(ms)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${decimal(ms / 1000)} s`);
