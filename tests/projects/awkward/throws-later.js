// Serves argv[2] requests (default 20), then dies of an uncaught error in the handler, with code 1.
const http = require('node:http');

let left = Number(process.argv[2] ?? 20);
http.createServer((request, response) => {
  if (left-- <= 0) throw new TypeError("Cannot read the user's mind");
  response.end('ok\n');
}).listen(process.env.PORT ?? 3000, function () {
  console.log(`listening on ${this.address().port}`);
});
