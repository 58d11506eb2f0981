// ESM module with many function kinds
import { createRequire } from 'node:module';
import { helper } from './esmdep.mjs';
const require = createRequire(import.meta.url);
const cjs = require('./cjsdep.cjs');
const hot = (n, f) => { let s = 0; for (let i = 0; i < n; i++) s += f(i) | 0; return s; };
class Shape {
  #w = 2;
  static #count = 0;
  constructor(h) { this.h = h; Shape.#count++; }
  get area() { return this.#w * this.h; }
  set height(v) { this.h = v; }
  static create(h) { return new Shape(h); }
  scale(k) { this.h *= k; return this; }
  *[Symbol.iterator]() { yield this.h; yield this.#w; }
  async later() { await null; return this.h; }
  ['comp' + 'uted'](x) { return x + this.h; }
  field = (x) => x + this.h;
}
function makeClosure(k) { return function inner(x) { return x + k; }; }
function* gen(n) { for (let i = 0; i < n; i++) yield i * 2; }
async function asy(n) { let s = 0; for (let i = 0; i < n; i++) { s += await i; } return s; }
async function* agen(n) { for (let i = 0; i < n; i++) yield i; }
const objLit = { meth(x) { return x + 1; }, get g() { return 5; }, arrow: (x) => x * 2, 'quoted name'(x) { return x; }, 42(x) { return x; }, anon: function () { return 1; } };
let total = 0;
total += hot(40000, (i) => Shape.create(i & 7).scale(2).area);
total += hot(40000, (i) => makeClosure(i & 3)(i));
total += hot(40000, function (i) { return objLit.meth(i) + objLit.g + objLit.arrow(i) + objLit['quoted name'](i) + objLit[42](i) + objLit.anon(); });
for (let k = 0; k < 200; k++) for (const v of gen(100)) total += v;
total += await asy(20000);
for await (const v of agen(20000)) total += v;
const sh = new Shape(3);
for (let i = 0; i < 20000; i++) { for (const v of sh) total += v; total += sh.computed(i) + sh.field(i); sh.height = 3; }
for (let i = 0; i < 2000; i++) total += await sh.later();
total += hot(40000, helper) + hot(40000, cjs.cjsHelper) + hot(40000, cjs);
total += hot(40000, (0, eval)('(function evaled(x){ return x * 3 + 1; })'));
const nf = new Function('a', 'b', 'return a * b + 1');
total += hot(40000, (i) => nf(i & 7, 2));
import vm from 'node:vm';
const vmf = vm.runInThisContext('(function invm(x) {\n  return x - 1;\n})', { filename: 'my-vm-file.js', lineOffset: 10 });
total += hot(40000, vmf);
(function () { total += hot(20000, i => (() => i + 1)()); })();
[3, 1, 2].sort((a, b) => a - b);
globalThis.result = total;
