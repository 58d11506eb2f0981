// Prints argv[2] megabytes (default 16) to each of stdout and stderr as it listens, then serves. Blocks
// before it listens if nobody reads its pipes. One line has a megabyte, and some bytes are not UTF-8.
const fs = require('node:fs');
const http = require('node:http');

const MEGABYTE = 1 << 20;
const block = Buffer.alloc(MEGABYTE, 'all work and no play makes node a dull process\n');
const oneLine = Buffer.alloc(MEGABYTE, 'x');

function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const megabytes = Number(process.argv[2] ?? 16);
for (const fd of [1, 2]) {
  writeAll(fd, oneLine);
  writeAll(fd, Buffer.from([0x0a, 0xff, 0xfe, 0x0a]));
  for (let i = 1; i < megabytes; i++) writeAll(fd, block);
}
http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT ?? 3000, function () {
  writeAll(1, Buffer.from(`listening on ${this.address().port}\n`));
});
