// Listens on PORT (default 3000) and, first, on an ephemeral port for "metrics". GET / tells them apart.
const http = require('node:http');

const answer = (text) => (request, response) => response.end(text);
const metrics = http.createServer(answer('metrics\n')).listen(0, '127.0.0.1', () => {
  const main = http.createServer(answer('main\n')).listen(process.env.PORT ?? 3000, () => {
    console.log(`metrics on ${metrics.address().port}, main on ${main.address().port}`);
  });
});
