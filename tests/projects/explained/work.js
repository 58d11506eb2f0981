'use strict';
// Work whose price is V8's decisions: the marked lines say which.

class Book { constructor(i) { this.price = i; } }
class Game { constructor(i) { this.a = 0; this.price = i; } }
class Song { constructor(i) { this.b = 0; this.price = i; } }
class Film { constructor(i) { this.c = 0; this.price = i; } }
class Show { constructor(i) { this.d = 0; this.price = i; } }
class Play { constructor(i) { this.e = 0; this.price = i; } }
const items = Array.from({ length: 600 }, (_, i) => new [Book, Game, Song, Film, Show, Play][i % 6](i));

function priceOf(item) {
  return item.price; // MEGAMORPHIC
}

const parts = [{ weight: 1 }, { a: 0, weight: 2 }, { b: 0, weight: 3 }, { c: 0, weight: 4 }, { d: 0, weight: 5 }];

function weigh(part) {
  let sum = 0;
  for (let i = 0; i < 100; i++) sum += part.weight * i; // LOOP
  return sum;
}

function checksum(x) { // TOO BIG
  x = ((x * 3) ^ (x >>> 1)) & 0xffff;
  x = ((x * 4) ^ (x >>> 2)) & 0xffff;
  x = ((x * 5) ^ (x >>> 3)) & 0xffff;
  x = ((x * 6) ^ (x >>> 4)) & 0xffff;
  x = ((x * 7) ^ (x >>> 5)) & 0xffff;
  x = ((x * 8) ^ (x >>> 6)) & 0xffff;
  x = ((x * 9) ^ (x >>> 7)) & 0xffff;
  x = ((x * 10) ^ (x >>> 1)) & 0xffff;
  x = ((x * 11) ^ (x >>> 2)) & 0xffff;
  x = ((x * 12) ^ (x >>> 3)) & 0xffff;
  x = ((x * 13) ^ (x >>> 4)) & 0xffff;
  x = ((x * 14) ^ (x >>> 5)) & 0xffff;
  x = ((x * 15) ^ (x >>> 6)) & 0xffff;
  x = ((x * 16) ^ (x >>> 7)) & 0xffff;
  x = ((x * 17) ^ (x >>> 1)) & 0xffff;
  x = ((x * 18) ^ (x >>> 2)) & 0xffff;
  x = ((x * 19) ^ (x >>> 3)) & 0xffff;
  x = ((x * 20) ^ (x >>> 4)) & 0xffff;
  x = ((x * 21) ^ (x >>> 5)) & 0xffff;
  x = ((x * 22) ^ (x >>> 6)) & 0xffff;
  x = ((x * 23) ^ (x >>> 7)) & 0xffff;
  x = ((x * 24) ^ (x >>> 1)) & 0xffff;
  x = ((x * 25) ^ (x >>> 2)) & 0xffff;
  x = ((x * 26) ^ (x >>> 3)) & 0xffff;
  x = ((x * 27) ^ (x >>> 4)) & 0xffff;
  x = ((x * 28) ^ (x >>> 5)) & 0xffff;
  x = ((x * 29) ^ (x >>> 6)) & 0xffff;
  x = ((x * 30) ^ (x >>> 7)) & 0xffff;
  x = ((x * 31) ^ (x >>> 1)) & 0xffff;
  x = ((x * 32) ^ (x >>> 2)) & 0xffff;
  x = ((x * 33) ^ (x >>> 3)) & 0xffff;
  x = ((x * 34) ^ (x >>> 4)) & 0xffff;
  x = ((x * 35) ^ (x >>> 5)) & 0xffff;
  x = ((x * 36) ^ (x >>> 6)) & 0xffff;
  x = ((x * 37) ^ (x >>> 7)) & 0xffff;
  x = ((x * 38) ^ (x >>> 1)) & 0xffff;
  x = ((x * 39) ^ (x >>> 2)) & 0xffff;
  x = ((x * 40) ^ (x >>> 3)) & 0xffff;
  x = ((x * 41) ^ (x >>> 4)) & 0xffff;
  x = ((x * 42) ^ (x >>> 5)) & 0xffff;
  x = ((x * 43) ^ (x >>> 6)) & 0xffff;
  x = ((x * 44) ^ (x >>> 7)) & 0xffff;
  x = ((x * 45) ^ (x >>> 1)) & 0xffff;
  x = ((x * 46) ^ (x >>> 2)) & 0xffff;
  x = ((x * 47) ^ (x >>> 3)) & 0xffff;
  x = ((x * 48) ^ (x >>> 4)) & 0xffff;
  x = ((x * 49) ^ (x >>> 5)) & 0xffff;
  x = ((x * 50) ^ (x >>> 6)) & 0xffff;
  x = ((x * 51) ^ (x >>> 7)) & 0xffff;
  x = ((x * 52) ^ (x >>> 1)) & 0xffff;
  x = ((x * 53) ^ (x >>> 2)) & 0xffff;
  x = ((x * 54) ^ (x >>> 3)) & 0xffff;
  x = ((x * 55) ^ (x >>> 4)) & 0xffff;
  x = ((x * 56) ^ (x >>> 5)) & 0xffff;
  x = ((x * 57) ^ (x >>> 6)) & 0xffff;
  x = ((x * 58) ^ (x >>> 7)) & 0xffff;
  x = ((x * 59) ^ (x >>> 1)) & 0xffff;
  x = ((x * 60) ^ (x >>> 2)) & 0xffff;
  x = ((x * 61) ^ (x >>> 3)) & 0xffff;
  x = ((x * 62) ^ (x >>> 4)) & 0xffff;
  return x;
}

let calls = 0;

// Every 800 calls there is one shape more for `weigh`, which is given up each time.
exports.work = function work() {
  const kinds = Math.min(parts.length, 1 + Math.floor(calls++ / 800));
  let sum = 0;
  for (let i = 0; i < items.length; i++) sum += priceOf(items[i]);
  for (let i = 0; i < 10; i++) sum += weigh(parts[i % kinds]);
  for (let i = 0; i < 20; i++) sum += checksum(i);
  return sum;
};
