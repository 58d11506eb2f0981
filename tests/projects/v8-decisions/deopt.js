'use strict';
// Each function is warmed up (optimized), then made to deoptimize.
function warm(f, n) { for (let i = 0; i < n; i++) f(i); }
const N = 60000;
let sink = 0;

function notASmi(o) { let s = 0; for (let i = 0; i < 10; i++) s += o.v + i; return s; }
warm(i => { sink += notASmi({ v: i }); }, N);
sink += notASmi({ v: 'str' }).length;
sink += notASmi({ v: 1.5 });

function wrongMap(o) {
  return o.a + o.b;
}
warm(i => { sink += wrongMap({ a: i, b: 1 }); }, N);
sink += wrongMap({ b: 1, a: 2 });

function outOfBounds(a, i) { return a[i]; }
const arr = [1, 2, 3, 4];
warm(i => { sink += outOfBounds(arr, i & 3); }, N);
sink += outOfBounds(arr, 10) | 0;

function divByZero(a, b) { return (a / b) | 0; }
warm(i => { sink += divByZero(i * 4, 4); }, N);
sink += divByZero(7, 2);
sink += divByZero(7, 0);

function modZero(a, b) { return a % b; }
warm(i => { sink += modZero(i, 7); }, N);
sink += modZero(-7, 7);
sink += modZero(7, 0) | 0;

function lostPrecision(a, i) { return a[i]; }
const ia = new Int32Array(16);
warm(i => { sink += lostPrecision(ia, i & 15); }, N);
sink += lostPrecision(ia, 1.5) | 0;

function lostPrecision2(x) { return x * 2; }
warm(i => { sink += lostPrecision2(i & 1023); }, N);
sink += lostPrecision2(1.25);

function minusZero(a, b) { return a * b; }
warm(i => { sink += minusZero(i & 255, 3); }, N);
sink += minusZero(-1, 0);

function overflow(a, b) { return a + b; }
warm(i => { sink += overflow(i & 255, 3); }, N);
sink += overflow(2 ** 30, 2 ** 30);
sink += overflow(2 ** 31 - 1, 2 ** 31 - 1);

function insufficient(o, flag) {
  if (flag) {
    return o.neverSeen.deep + 1;
  }
  return o.a;
}
warm(i => { sink += insufficient({ a: i }, false); }, N);
sink += insufficient({ a: 1, neverSeen: { deep: 3 } }, true);

function hole(a, i) { return a[i] + 1; }
const holey = [1, , 3];
holey[1] = 2;
warm(i => { sink += hole(holey, i % 3); }, N);
delete holey[1];
sink += hole(holey, 1) | 0;

function wrongCallTarget(f, x) { return f(x); }
const f1 = x => x + 1, f2 = x => x + 2;
warm(i => { sink += wrongCallTarget(f1, i); }, N);
sink += wrongCallTarget(f2, 1);

class Base { val() { return 1; } }
class Derived extends Base { val() { return 2; } }
function protoCall(o) { return o.val(); }
const base = new Base();
warm(i => { sink += protoCall(base); }, N);
Base.prototype.val = function () { return 3; };   // dependency change => lazy deopt
sink += protoCall(base);

const constant = { k: 1 };
function fieldConst() { return constant.k + 1; }
warm(i => { sink += fieldConst(); }, N);
constant.k = 2;                                    // constness change
sink += fieldConst();

function inlinedLeaf(o) { return o.p; }
function inlineMid(o) { return inlinedLeaf(o) + 1; }
function inlineTop(o) {
  return inlineMid(o) + 2;
}
warm(i => { sink += inlineTop({ p: i }); }, N);
sink += inlineTop({ q: 0, p: 1 });                 // deopt inside 2-level inlined

function osrLoop(n) {
  let t = 0;
  const o = { a: 1 };
  for (let i = 0; i < n; i++) {
    t += o.a;
    if (i === n - 1) t += undefinedThing(i);
  }
  return t;
}
function undefinedThing(i) { return i; }
sink += osrLoop(2000000);
sink += osrLoop(2000000);

function repeated(o) { return o.n * 2; }
for (let r = 0; r < 5; r++) {
  warm(i => { sink += repeated({ ['k' + r]: 1, n: i }); }, N);
}
function strIdx(s, i) { return s.charCodeAt(i); }
warm(i => { sink += strIdx('hello', i % 5); }, N);
sink += strIdx('hello', 50) | 0;
globalThis.result = sink;
