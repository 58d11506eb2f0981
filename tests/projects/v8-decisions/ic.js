'use strict';
// Property access with different degrees of polymorphism
function mono(o) { return o.x; }
function poly(o) { return o.x; }
function mega(o) {
  return o.x +
    o.y;
}
function storeMono(o, v) { o.x = v; }
function storeMega(o, v) { o.x = v; }
function keyed(a, i) { return a[i]; }
function keyedName(o, k) { return o[k]; }
function keyedStore(a, i, v) { a[i] = v; }
function callMethod(o) { return o.area(); }
function hasIn(o) { return 'x' in o; }
function inst(o) { return o instanceof A; }
function glob() { return globalCounter + Math.PI; }
function binop(a, b) { return a + b; }
function cmp(a, b) { return a < b; }
function lit() { return { p: 1, q: 2 }; }
function clone(o) { return { ...o }; }
function forin(o) { let n = 0; for (const k in o) n += o[k]; return n; }
globalThis.globalCounter = 1;
class A { constructor(x) { this.x = x; this.y = 1; } area() { return this.x * 2; } get g() { return this.x + 1; } }
class B { constructor(x) { this.y = 1; this.x = x; } area() { return this.x * 3; } }
class C { constructor(x) { this.z = 0; this.x = x; this.y = 2; } area() { return this.x * 4; } }
class D { constructor(x) { this.w = 0; this.x = x; this.y = 3; } area() { return this.x * 5; } }
class E { constructor(x) { this.v = 0; this.x = x; this.y = 4; } area() { return this.x * 6; } }
class F { constructor(x) { this.u = 0; this.q = 0; this.x = x; this.y = 5; } area() { return this.x * 7; } }
const many = [A, B, C, D, E, F];
function getter(o) { return o.g; }
let s = 0;
for (let i = 0; i < 3000; i++) {
  const a = new A(i), b = new B(i);
  s += mono(a);
  s += poly(i % 2 ? a : b);
  const m = new many[i % 6](i);
  s += mega(m);
  storeMono(a, i);
  storeMega(m, i);
  s += keyed([1, 2, 3], i % 3);
  s += keyed([1.5, 2, 3], i % 3);
  s += keyed(i % 2 ? [{}, 2, 3] : 'abc', 1) === 2 ? 1 : 0;
  s += keyedName(m, i % 2 ? 'x' : 'y');
  keyedStore([0, 0, 0], i % 4, i);
  s += callMethod(m);
  s += hasIn(m) ? 1 : 0;
  s += inst(m) ? 1 : 0;
  s += glob();
  s += binop(i, 1);
  if (i > 2000) s += binop('a', i).length;
  s += cmp(i, 4) ? 1 : 0;
  s += lit().p + clone(m).x;
  s += forin(m);
  s += getter(a);
}
globalThis.result = s;
