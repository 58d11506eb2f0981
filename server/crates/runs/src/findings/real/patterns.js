// Every pattern that findings know, in functions named after it; twins named `good…` do the same without it.
const vm = require('vm');
let sink = 0;

// A new shape comes whenever the code has been made for the ones before.
function repeated(o) { return o./*deopt/loop*/n * 2; }
function goodRepeated(o) { return o.n * 2; }
for (let round = 0; round < 6; round++) {
  for (let i = 0; i < 60_000; i++) sink += repeated({ ['k' + round]: 1, n: i & 7 });
  for (let i = 0; i < 60_000; i++) sink += goodRepeated({ k: round, n: i & 7 });
}

// More shapes than V8 caches.
function many(o) { return o./*ic/megamorphic*/v; }
function goodMany(o) { return o.v; }
class A { constructor() { this.v = 1; } }
class B { constructor() { this.b = 1; this.v = 1; } }
class C { constructor() { this.c = 1; this.v = 1; } }
class D { constructor() { this.d = 1; this.v = 1; } }
class E { constructor() { this.e = 1; this.v = 1; } }
class F { constructor() { this.f = 1; this.v = 1; } }
const kinds = [new A(), new B(), new C(), new D(), new E(), new F()];
for (let i = 0; i < 60_000; i++) sink += many(kinds[i % 6]) + goodMany(kinds[0]);

// The same properties in another order.
function makeOne(v) { const o = {}; o.ox = v; o.oy = v; return o; }
function makeTwo(v) { const o = {}; o.oy /*shape/property-order*/= v; o.ox = v; return o; }
function readOrder(o) { return o.ox; }
function goodMakeOne(v) { const o = {}; o.gx = v; o.gy = v; return o; }
function goodMakeTwo(v) { const o = {}; o.gx = v; o.gy = v; return o; }
function goodReadOrder(o) { return o.gx; }
for (let i = 0; i < 60_000; i++) {
  sink += readOrder(i & 1 ? makeOne(1) : makeTwo(1));
  sink += goodReadOrder(i & 1 ? goodMakeOne(1) : goodMakeTwo(1));
}

// A property that some objects get later.
class Point { constructor(v) { this.px = v; } }
function tag(o) { o.tag /*shape/property-added-later*/= 1; }
function readLater(o) { return o.px; }
class GoodPoint { constructor(v) { this.px = v; this.tag = 0; } }
function goodTag(o) { o.tag = 1; }
function goodReadLater(o) { return o.px; }
function goodLiteral(long) { return long ? { lx: 1, ly: 2 } : { lx: 1 }; }
function goodReadLiteral(o) { return o.lx; }
for (let i = 0; i < 60_000; i++) {
  const point = new Point(1);
  if (i & 1) tag(point);
  sink += readLater(point);
  const good = new GoodPoint(1);
  if (i & 1) goodTag(good);
  sink += goodReadLater(good) + goodReadLiteral(goodLiteral(i & 1));
}

// Functions that are made again and again, and closures that are only made per call.
const script = new vm.Script('(function rerun(o) { let s = 0; for (let i = 0; i < 5_000; i++) s += i ^ o.k; return s; })', { filename: 'rerun.js' });
function runAgain(n) { return script./*closure/recreated*/runInThisContext()({ k: n }); }
for (let i = 0; i < 2_000; i++) sink += runAgain(i);
// As before, but nothing in V8's log tells that it is made again.
const plain = new vm.Script('(function plain(k) { let s = 0; for (let i = 0; i < 100; i++) s += i ^ k; return s; })', { filename: 'plain.js' });
for (let i = 0; i < 60_000; i++) sink += plain.runInThisContext()(i);
function fromText(n) { return new /*closure/recreated*/Function('k', 'let s = 0; for (let i = 0; i < 5_000; i++) s += i ^ k ^ ' + n + '; return s;')(n); }
for (let i = 0; i < 1_000; i++) sink += fromText(i);
function loadAgain(n) {
  delete require.cache[require.resolve('./reloaded.js')];
  return /*closure/recreated*/require('./reloaded.js')(n);
}
for (let i = 0; i < 150; i++) sink += loadAgain(i);
function makeClass(n) { return class Remade { constructor/*closure/recreated*/(v) { this.rv = v + n; } }; }
function readRemade(o) { return o.rv; }
class goodClass { constructor(v) { this.rv = v; } }
function readPrototype(o) { return o.rv; }
for (let i = 0; i < 3_000; i++) {
  const Remade = makeClass(i);
  sink += readRemade(new Remade(i)) + readPrototype(Object.setPrototypeOf(new goodClass(i), { i }));
}
function goodHandler(n) {
  const goodClosure = (o) => { let s = 0; for (let i = 0; i < 50; i++) s += i ^ o.k ^ n; return s; };
  return goodClosure({ k: n });
}
for (let i = 0; i < 60_000; i++) sink += goodHandler(i);
function goodOuter(n) {
  function goodMiddle(m) { return function goodInner(o) { let s = 0; for (let i = 0; i < 50; i++) s += i ^ o.k ^ m; return s; }; }
  return goodMiddle(n)({ k: n });
}
for (let i = 0; i < 60_000; i++) sink += goodOuter(i);
function goodEval(n) { return eval('(function goodText(k) { return k + 1; })')(n); }
for (let i = 0; i < 20_000; i++) sink += goodEval(i);

// `arguments`.
function first(list) { return list[0] | 0; }
function leaks(a, b) { return first(/*arguments/leaked*/arguments) + b; }
function walks() { let s = 0; for (const v of /*arguments/leaked*/arguments) s += v; return s; }
function goodStrict(a, b) { 'use strict'; return first(arguments) + b; }
function goodApply(a, b) { return first.apply(null, [a]) + arguments.length + b; }
function goodRest(...list) { return first(list); }
for (let i = 0; i < 3_000_000; i++) sink += leaks(1, 2) + goodStrict(1, 2) + goodApply(1, 2) + goodRest(1, 2);
for (let i = 0; i < 400_000; i++) sink += walks(1, 2);

// One element too far.
function tooFar(list) { let s = 0; for (let i = 0; i <= list.length; i++) s += list[/*array/out-of-bounds*/i] | 0; return s; }
function goodFar(list) { let s = 0; for (let i = 0; i < list.length; i++) s += list[i] | 0; return s; }
for (let i = 0; i < 60_000; i++) sink += tooFar([1, 2, 3]) + goodFar([1, 2, 3]);

// Integers that outgrow 32 bits.
function hash(seed, code) { return seed /*number/smi-overflow*/* 31 + code; }
function goodHash(seed, code) { return (Math.imul(seed, 31) + code) | 0; }
for (let i = 0; i < 60_000; i++) sink += hash(i & 7, 1) + goodHash(i & 7, 1);
for (let i = 0; i < 60_000; i++) sink += hash(2 ** 30, 1) % 7 + goodHash(2 ** 30, 1) % 7;

// Too big to inline.
function big(n) {
  let s = n;
  s = (s * 31 + 0) | 0; if (s === 3) s = n;
  s = (s * 31 + 1) | 0; if (s === 10) s = n;
  s = (s * 31 + 2) | 0; if (s === 17) s = n;
  s = (s * 31 + 3) | 0; if (s === 24) s = n;
  s = (s * 31 + 4) | 0; if (s === 31) s = n;
  s = (s * 31 + 5) | 0; if (s === 38) s = n;
  s = (s * 31 + 6) | 0; if (s === 45) s = n;
  s = (s * 31 + 7) | 0; if (s === 52) s = n;
  s = (s * 31 + 8) | 0; if (s === 59) s = n;
  s = (s * 31 + 9) | 0; if (s === 66) s = n;
  s = (s * 31 + 10) | 0; if (s === 73) s = n;
  s = (s * 31 + 11) | 0; if (s === 80) s = n;
  s = (s * 31 + 12) | 0; if (s === 87) s = n;
  s = (s * 31 + 13) | 0; if (s === 94) s = n;
  s = (s * 31 + 14) | 0; if (s === 101) s = n;
  s = (s * 31 + 15) | 0; if (s === 108) s = n;
  s = (s * 31 + 16) | 0; if (s === 115) s = n;
  s = (s * 31 + 17) | 0; if (s === 122) s = n;
  s = (s * 31 + 18) | 0; if (s === 129) s = n;
  s = (s * 31 + 19) | 0; if (s === 136) s = n;
  s = (s * 31 + 20) | 0; if (s === 143) s = n;
  s = (s * 31 + 21) | 0; if (s === 150) s = n;
  s = (s * 31 + 22) | 0; if (s === 157) s = n;
  s = (s * 31 + 23) | 0; if (s === 164) s = n;
  s = (s * 31 + 24) | 0; if (s === 171) s = n;
  s = (s * 31 + 25) | 0; if (s === 178) s = n;
  s = (s * 31 + 26) | 0; if (s === 185) s = n;
  s = (s * 31 + 27) | 0; if (s === 192) s = n;
  s = (s * 31 + 28) | 0; if (s === 199) s = n;
  s = (s * 31 + 29) | 0; if (s === 206) s = n;
  s = (s * 31 + 30) | 0; if (s === 213) s = n;
  s = (s * 31 + 31) | 0; if (s === 220) s = n;
  s = (s * 31 + 32) | 0; if (s === 227) s = n;
  s = (s * 31 + 33) | 0; if (s === 234) s = n;
  s = (s * 31 + 34) | 0; if (s === 241) s = n;
  s = (s * 31 + 35) | 0; if (s === 248) s = n;
  s = (s * 31 + 36) | 0; if (s === 255) s = n;
  s = (s * 31 + 37) | 0; if (s === 262) s = n;
  s = (s * 31 + 38) | 0; if (s === 269) s = n;
  s = (s * 31 + 39) | 0; if (s === 276) s = n;
  return s;
}
function callsBig(n) { return /*inlining/too-big*/big(n) + 1; }
function goodSmall(n) { return n + 1; }
function goodCallsSmall(n) { return goodSmall(n) + 1; }
for (let i = 0; i < 60_000; i++) sink += callsBig(i) + goodCallsSmall(i);

// Too big to optimise. Its name comes from its text: it is a function of a file all the same.
const lines = 's = (s * 31 + k) | 0; if (s === 7) s = k;\n'.repeat(4_000);
const huge = vm.runInThisContext(`(function huge(k) { let s = k;\n${lines} return s; })`, { filename: 'huge.js' });
for (let i = 0; i < 2_000; i++) sink += huge(i);

console.log(sink);
