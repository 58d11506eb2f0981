'use strict';
const lib = require('./iclib.js');
function outer(o) {
  return lib.getX(o) + 1;          // line 4
}
let s = 0;
for (let i = 0; i < 200000; i++) s += outer({ x: i });
for (let i = 0; i < 30; i++) s += outer({ ['k' + i]: 1, x: i });
for (let i = 0; i < 200000; i++) s += outer({ ['k' + (i % 40)]: 1, x: i });
for (let i = 0; i < 30; i++) s += outer({ ['z' + i]: 1, ['y' + i]: 3, x: i });
globalThis.result = s;
