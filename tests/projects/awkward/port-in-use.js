// Listens on an ephemeral port, then again on the same one: ends with EADDRINUSE and code 1.
const http = require('node:http');

const first = http.createServer().listen(0, '127.0.0.1', () => {
  http.createServer().listen(first.address().port, '127.0.0.1');
});
