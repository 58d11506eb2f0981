'use strict';
function small(x) { return x + 1; }
function medium(a, b) { let r = 0; for (let i = 0; i < 3; i++) { r += a * i + b; } return r; }
// too big for the inlining budget (> 460 bytes of bytecode)
function tooBig(x) {
  let r = x;
  r = ((r * 3) ^ (r >>> 1)) & 0xffff;
  r = ((r * 4) ^ (r >>> 2)) & 0xffff;
  r = ((r * 5) ^ (r >>> 3)) & 0xffff;
  r = ((r * 6) ^ (r >>> 4)) & 0xffff;
  r = ((r * 7) ^ (r >>> 5)) & 0xffff;
  r = ((r * 8) ^ (r >>> 6)) & 0xffff;
  r = ((r * 9) ^ (r >>> 7)) & 0xffff;
  r = ((r * 10) ^ (r >>> 1)) & 0xffff;
  r = ((r * 11) ^ (r >>> 2)) & 0xffff;
  r = ((r * 12) ^ (r >>> 3)) & 0xffff;
  r = ((r * 13) ^ (r >>> 4)) & 0xffff;
  r = ((r * 14) ^ (r >>> 5)) & 0xffff;
  r = ((r * 15) ^ (r >>> 6)) & 0xffff;
  r = ((r * 16) ^ (r >>> 7)) & 0xffff;
  r = ((r * 17) ^ (r >>> 1)) & 0xffff;
  r = ((r * 18) ^ (r >>> 2)) & 0xffff;
  r = ((r * 19) ^ (r >>> 3)) & 0xffff;
  r = ((r * 20) ^ (r >>> 4)) & 0xffff;
  r = ((r * 21) ^ (r >>> 5)) & 0xffff;
  r = ((r * 22) ^ (r >>> 6)) & 0xffff;
  r = ((r * 23) ^ (r >>> 7)) & 0xffff;
  r = ((r * 24) ^ (r >>> 1)) & 0xffff;
  r = ((r * 25) ^ (r >>> 2)) & 0xffff;
  r = ((r * 26) ^ (r >>> 3)) & 0xffff;
  r = ((r * 27) ^ (r >>> 4)) & 0xffff;
  r = ((r * 28) ^ (r >>> 5)) & 0xffff;
  r = ((r * 29) ^ (r >>> 6)) & 0xffff;
  r = ((r * 30) ^ (r >>> 7)) & 0xffff;
  r = ((r * 31) ^ (r >>> 1)) & 0xffff;
  r = ((r * 32) ^ (r >>> 2)) & 0xffff;
  r = ((r * 33) ^ (r >>> 3)) & 0xffff;
  r = ((r * 34) ^ (r >>> 4)) & 0xffff;
  r = ((r * 35) ^ (r >>> 5)) & 0xffff;
  r = ((r * 36) ^ (r >>> 6)) & 0xffff;
  r = ((r * 37) ^ (r >>> 7)) & 0xffff;
  r = ((r * 38) ^ (r >>> 1)) & 0xffff;
  r = ((r * 39) ^ (r >>> 2)) & 0xffff;
  r = ((r * 40) ^ (r >>> 3)) & 0xffff;
  r = ((r * 41) ^ (r >>> 4)) & 0xffff;
  r = ((r * 42) ^ (r >>> 5)) & 0xffff;
  r = ((r * 43) ^ (r >>> 6)) & 0xffff;
  r = ((r * 44) ^ (r >>> 7)) & 0xffff;
  r = ((r * 45) ^ (r >>> 1)) & 0xffff;
  r = ((r * 46) ^ (r >>> 2)) & 0xffff;
  r = ((r * 47) ^ (r >>> 3)) & 0xffff;
  r = ((r * 48) ^ (r >>> 4)) & 0xffff;
  r = ((r * 49) ^ (r >>> 5)) & 0xffff;
  r = ((r * 50) ^ (r >>> 6)) & 0xffff;
  r = ((r * 51) ^ (r >>> 7)) & 0xffff;
  r = ((r * 52) ^ (r >>> 1)) & 0xffff;
  r = ((r * 53) ^ (r >>> 2)) & 0xffff;
  r = ((r * 54) ^ (r >>> 3)) & 0xffff;
  r = ((r * 55) ^ (r >>> 4)) & 0xffff;
  r = ((r * 56) ^ (r >>> 5)) & 0xffff;
  r = ((r * 57) ^ (r >>> 6)) & 0xffff;
  r = ((r * 58) ^ (r >>> 7)) & 0xffff;
  r = ((r * 59) ^ (r >>> 1)) & 0xffff;
  r = ((r * 60) ^ (r >>> 2)) & 0xffff;
  r = ((r * 61) ^ (r >>> 3)) & 0xffff;
  r = ((r * 62) ^ (r >>> 4)) & 0xffff;
  return r;
}
function recur(n) { return n <= 0 ? 0 : 1 + recur(n - 1); }
function withTry(x) { try { return x.y.z; } catch { return 0; } }
const poly = [x => x + 1, x => x + 2, x => x + 3, x => x + 4, x => x + 5, x => x + 6];
function callPoly(i, x) { return poly[i % 6](x); }
function c1(x) { let r = x; for (let i = 0; i < 2; i++) { r = (r * 31 + i) | 0; r ^= r >>> 3; r += (r << 2) | 0; r = r & 0xffff; } return r; }
function c2(x) { let r = x; for (let i = 0; i < 2; i++) { r = (r * 33 + i) | 0; r ^= r >>> 4; r += (r << 3) | 0; r = r & 0xffff; } return r; }
function c3(x) { let r = x; for (let i = 0; i < 2; i++) { r = (r * 35 + i) | 0; r ^= r >>> 5; r += (r << 4) | 0; r = r & 0xffff; } return r; }
function callerSmall(x) { return small(x) + small(x + 1); }
function callerBig(x) { return tooBig(x) + 1; }
function callerCumulative(x) {
  return c1(x) + c2(x) + c3(x) + c1(x + 1) + c2(x + 1) + c3(x + 1) +
    c1(x + 2) + c2(x + 2) + c3(x + 2) + c1(x + 3) + c2(x + 3) + c3(x + 3) + medium(x, 1) + medium(x, 2);
}
function callerRecur(x) { return recur(x & 7); }
function callerTry(x) { return withTry({ y: { z: x } }); }
function callerBuiltin(x) { return Math.max(x, 3) + [1, 2, 3].map(v => v + x).reduce((a, b) => a + b, 0) + 'abc'.charCodeAt(x % 3); }
class P { constructor(v) { this.v = v; } get dbl() { return this.v * 2; } method(q) { return this.v + q; } static make(v) { return new P(v); } #priv = 3; readPriv() { return this.#priv; } }
function callerClass(x) { const p = P.make(x); return p.dbl + p.method(1) + p.readPriv(); }
let s = 0;
for (let i = 0; i < 300000; i++) {
  s += callerSmall(i & 1023);
  s += callerBig(i & 1023);
  s += callerCumulative(i & 1023);
  s += callerRecur(i);
  s += callerTry(i);
  s += callPoly(i, 3);
  s += callerClass(i & 1023);
  s += callerBuiltin(i & 1023);
}
globalThis.result = s;
