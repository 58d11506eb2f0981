import process from 'node:process';
// 1 : 2 : 7 units of the same work per call; the marked lines own the shares.

function spin(n) {
  let x = n | 1;
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
  return x;
}

function callSites(unit) {
  let x = 0;
  x ^= spin(1 * unit); // 10 %
  x ^= spin(2 * unit); // 20 %
  x ^= spin(7 * unit); // 70 %
  return x;
}

function ownLoops(unit) {
  let x = 1;
  for (let i = 0; i < 1 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 10 %
  for (let i = 0; i < 2 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 20 %
  for (let i = 0; i < 7 * unit; i++) { x = (x * 1664525 + 1013904223) | 0; } // 70 %
  return x;
}

function step(x) {
  return (x * 1664525 + 1013904223) | 0;
}

function inlinedCallSites(unit) {
  let x = 1;
  for (let i = 0; i < 1 * unit; i++)
    x = step(x); // 10 %
  for (let i = 0; i < 2 * unit; i++)
    x = step(x); // 20 %
  for (let i = 0; i < 7 * unit; i++)
    x = step(x); // 70 %
  return x;
}

const UNIT = 20000;
const end = Date.now() + Number(process.argv[2] ?? 1000);
let checksum = 0;
while (Date.now() < end) {
  checksum ^= callSites(UNIT);
  checksum ^= ownLoops(UNIT);
  checksum ^= inlinedCallSites(UNIT);
}
console.log(checksum);
