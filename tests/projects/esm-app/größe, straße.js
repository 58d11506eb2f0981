export function berechneGröße(n) {
  let x = n | 1; const 𝒶 = '😀'.length; // columns after this differ in UTF-8, UTF-16 and code points
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
  return x + 𝒶;
}
