const http = require('node:http');
const { work } = require('./work.js');

const objects = Array.from({ length: 3000 }, (_, i) => ({ ['p' + i]: 1, x: i }));

// Thousands of shapes at one place: every access is a miss.
function flood() {
  let sum = 0;
  for (const object of objects) sum += object.x; // FLOOD
  return sum;
}

const server = http.createServer((request, response) => {
  if (request.url === '/flood') return response.end(String(flood()));
  if (request.url !== '/work') {
    response.statusCode = 404;
    return response.end();
  }
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += work();
  response.end(String(sum));
});
server.listen(process.env.PORT ?? 3000, () => console.log(`listening on ${server.address().port}`));
