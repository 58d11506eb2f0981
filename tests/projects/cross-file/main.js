'use strict';
// Runs for argv[2] milliseconds (default 1000). `mix` and `twice` of lib.js are inlined into `hot`.
const { mix, twice } = require('./lib.js');

function hot(n) {
  let x = 1;
  for (let i = 0; i < n; i++) x = mix(x + i);
  for (let i = 0; i < n; i++) x = twice(x + i);
  return x;
}

const end = Date.now() + Number(process.argv[2] ?? 1000);
let checksum = 0;
while (Date.now() < end) checksum ^= hot(100000);
console.log(checksum);
