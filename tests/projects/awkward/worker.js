// Worker threads: the main thread waits, two workers spend argv[2] milliseconds (default 1000) each in
// `burn`. No port.
const { Worker, isMainThread, workerData } = require('node:worker_threads');

function burn(n) {
  let x = n | 1;
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
  return x;
}

if (isMainThread) {
  const duration = Number(process.argv[2] ?? 1000);
  for (const name of ['one', 'two']) {
    new Worker(__filename, { workerData: { duration, name } })
      .on('exit', (code) => console.log(`worker ${name} ended with ${code}`));
  }
} else {
  const end = Date.now() + workerData.duration;
  while (Date.now() < end) burn(100000);
}
