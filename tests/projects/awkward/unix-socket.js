// Listens on a UNIX socket (argv[2], or one in the temporary folder) and on no TCP port.
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const socket = process.argv[2] ?? path.join(os.tmpdir(), `awkward-${process.pid}.sock`);
http.createServer((request, response) => response.end('ok\n')).listen(socket, () => {
  console.log(`listening on ${socket}`);
});
const stop = () => { fs.rmSync(socket, { force: true }); process.exit(0); };
process.on('SIGTERM', stop).on('SIGINT', stop);
