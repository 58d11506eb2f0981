// Starts a detached child in a session of its own, that serves on PORT, prints its pid and runs on after
// this process ended. The child ends by itself after argv[2] milliseconds (default 60000).
const { spawn } = require('node:child_process');
const http = require('node:http');

if (process.argv[3] === 'child') {
  http.createServer((request, response) => response.end('child\n')).listen(process.env.PORT ?? 3000);
  setTimeout(() => process.exit(0), Number(process.argv[2]));
} else {
  const lifetime = process.argv[2] ?? '60000';
  const child = spawn(process.execPath, [__filename, lifetime, 'child'], { detached: true, stdio: 'ignore' });
  child.unref();
  console.log(`child ${child.pid}`);
  setInterval(() => {}, 1000);
}
