// A cluster: the primary listens on PORT and two workers answer, each with its own pid. Time is spent in
// `burn` of the workers, none in the primary.
const cluster = require('node:cluster');
const http = require('node:http');

function burn(n) {
  let x = n | 1;
  for (let i = 0; i < n; i++) x = (x * 1664525 + 1013904223) | 0;
  return x;
}

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', (worker, address) => {
    if (++listening === 2) console.log(`listening on ${address.port}`);
  });
  cluster.fork();
  cluster.fork();
} else {
  http.createServer((request, response) => {
    response.end(JSON.stringify({ pid: process.pid, burned: burn(200000) }));
  }).listen(process.env.PORT ?? 3000);
}
