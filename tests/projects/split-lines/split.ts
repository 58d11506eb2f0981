interface Split { unit: number; checksum: number }
// 1 : 2 : 7 units of the same work per call; the marked lines own the shares.

function spin(n: number): number {
  let x: number = n | 1;
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
  return x;
}

function callSites(unit: number): number {
  let x: number = 0;
  x ^= spin(1 * unit); // 10 %
  x ^= spin(2 * unit); // 20 %
  x ^= spin(7 * unit); // 70 %
  return x;
}

function ownLoops(unit: number): number {
  let x: number = 1;
  for (let i = 0; i < 1 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 10 %
  for (let i = 0; i < 2 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 20 %
  for (let i = 0; i < 7 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 70 %
  return x;
}

function step(x: number): number {
  return (x * 1664525 + 1013904223) | 0;
}

function inlinedCallSites(unit: number): number {
  let x: number = 1;
  for (let i = 0; i < 1 * unit; i++)
    x = step(x); // 10 %
  for (let i = 0; i < 2 * unit; i++)
    x = step(x); // 20 %
  for (let i = 0; i < 7 * unit; i++)
    x = step(x); // 70 %
  return x;
}

const split: Split = { unit: 20000, checksum: 0 };
const end: number = Date.now() + Number(process.argv[2] ?? 1000);
while (Date.now() < end) {
  split.checksum ^= callSites(split.unit as number);
  split.checksum ^= ownLoops(split.unit as number);
  split.checksum ^= inlinedCallSites(split.unit as number);
}
console.log(split.checksum);
