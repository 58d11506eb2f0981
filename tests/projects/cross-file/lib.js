'use strict';
// The lines marked HOT own about four fifths of the self time of the program, the loops of main.js the
// rest. main.js has no lines of these numbers, so a profile that puts them there is seen to be wrong.
















exports.mix = function mix(x) {
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b); // HOT
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b); // HOT
  x = x % 1000003 | 0; // HOT
  return x ^ (x >>> 16); // HOT
};

exports.twice = function twice(x) {
  return exports.mix(x) ^ 5;
};
