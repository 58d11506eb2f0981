// Does not parse: the error is in line 4.
const http = require('node:http');

const server = http.createServer((request response) => response.end('ok\n'));
server.listen(process.env.PORT ?? 3000);
