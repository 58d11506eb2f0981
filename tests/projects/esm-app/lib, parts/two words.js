export default class Spinner {
  'spin, then return'(n) {
    let x = n | 1;
    for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
    return x;
  }
}
