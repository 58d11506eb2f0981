// Serves, and ignores SIGTERM, SIGINT and SIGHUP. Only SIGKILL ends it.
const http = require('node:http');

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(signal, () => console.log(`ignoring ${signal}`));
}
http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT ?? 3000, function () {
  console.log(`listening on ${this.address().port}`);
});
