'use strict';
// Runs for argv[2] milliseconds (default 1000). A function that is on a stack 150 times counts once.

const DEPTH = 150;

function leaf(n) {
  let x = n | 1;
  for (let i = 0; i < 20000; i++) x = (x * 1664525 + 1013904223) | 0;
  return x;
}

// Direct recursion, with work at the bottom.
function descend(depth) {
  if (depth === 0) return leaf(depth);
  return descend(depth - 1) + 1;
}

// Mutual recursion: both functions have the same total time.
function even(depth) {
  return depth === 0 ? descend(DEPTH) : odd(depth - 1) + 1;
}

function odd(depth) {
  return depth === 0 ? descend(DEPTH) : even(depth - 1) + 1;
}

const end = Date.now() + Number(process.argv[2] ?? 1000);
let checksum = 0;
while (Date.now() < end) checksum = (checksum + even(DEPTH)) | 0;
console.log(checksum);
