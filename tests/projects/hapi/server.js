'use strict';

const Hapi = require('@hapi/hapi');

function digits(n) {
  let text = '';
  for (let i = 0; i < 2000; i++) text += (n * i) % 10;
  return text;
}

async function main() {
  const server = Hapi.server({ port: process.env.PORT ?? 3000, host: 'localhost' });
  server.route({ method: 'GET', path: '/digits/{n}', handler: (request) => digits(Number(request.params.n)) });
  server.route([
    { method: 'GET', path: '/fast', handler: () => 'ok\n' },
    { method: ['PUT', 'POST'], path: '/echo', handler: (request) => request.payload },
  ]);
  await server.start();
  console.log(`listening on ${server.info.port}`);
}

main();
