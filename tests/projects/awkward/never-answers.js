// Accepts requests and never answers them.
const http = require('node:http');

http.createServer(() => {}).listen(process.env.PORT ?? 3000, function () {
  console.log(`listening on ${this.address().port}`);
});
