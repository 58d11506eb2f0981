const { Worker, isMainThread, workerData, parentPort, threadId } = require('node:worker_threads');
function workHard(n) { let s = 0; for (let i = 0; i < n; i++) { s = (s * 31 + i) | 0; } return s; }
if (isMainThread) {
  let done = 0;
  for (let k = 0; k < 2; k++) {
    const w = new Worker(__filename, { workerData: { n: 2e6 }, name: 'w' + k });
    w.on('message', m => { globalThis.result = m; });
    w.on('exit', () => { if (++done === 2) globalThis.result = workHard(1e6); });
  }
} else {
  let r = 0;
  for (let i = 0; i < 10; i++) r += workHard(workerData.n / 10);
  parentPort.postMessage({ threadId, r });
}
