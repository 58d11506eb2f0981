/** Most letters that may differ. */
const MOST_EDITS = 2;

/** What was probably meant by a word that is not known: the candidate that it begins, or that differs by fewest letters, case ignored. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const letters = [...word.toLowerCase()];
  // Beyond any candidate's length nothing is near, and the distance would take long.
  if (letters.length > 40) return null;
  let best: string | null = null;
  let least = Math.min(MOST_EDITS + 1, letters.length);
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const distance = letters.length > 1 && other.startsWith(letters.join("")) ? 0 : edits(letters, [...other]);
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** Letters to insert, remove or replace (Levenshtein distance). */
function edits(from: string[], to: string[]): number {
  const row = Array.from({ length: to.length + 1 }, (_, j) => j);
  from.forEach((a, i) => {
    let diagonal = row[0];
    row[0] = i + 1;
    to.forEach((b, j) => {
      const replaced = diagonal + (a === b ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = Math.min(replaced, row[j] + 1, diagonal + 1);
    });
  });
  return row[to.length];
}
