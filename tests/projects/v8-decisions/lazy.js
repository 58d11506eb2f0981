'use strict';
// `run` is on the stack when something it calls breaks what its code relies on: it is given up when that returns. A generator is never
// inlined, so the caller's code is really left.
const config = { scale: 2 };
function* stepper() {
  for (;;) {
    const breaks = yield 1;
    if (breaks) config.scale = 3;
  }
}
const steps = stepper();
function run(i, breaks) {
  const before = steps.next(breaks).value;
  return before * config.scale + i;
}
let total = 0;
for (let i = 0; i < 60000; i++) total += run(i & 7, false);
total += run(1, true);
globalThis.result = total;
