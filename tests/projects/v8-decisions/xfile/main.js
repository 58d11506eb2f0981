'use strict';
const { tiny, mid } = require('./lib.js');
function hotA(n) {                 // 3
  let x = 1;                       // 4
  for (let i = 0; i < n; i++)      // 5
    x = tiny(x);                   // 6
  for (let i = 0; i < n; i++)      // 7
    x = mid(x);                    // 8
  return x;                        // 9
}
let s = 0;
for (let k = 0; k < 20; k++) s ^= hotA(1000000);  // 12
globalThis.result = s;
