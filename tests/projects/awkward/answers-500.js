// Answers every request with 500.
const http = require('node:http');

http.createServer((request, response) => {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end('{"error":"database is not there"}\n');
}).listen(process.env.PORT ?? 3000, function () {
  console.log(`listening on ${this.address().port}`);
});
