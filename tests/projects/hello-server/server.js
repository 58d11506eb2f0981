'use strict';

const http = require('node:http');
const { renderPage } = require('./template.js');

const PRODUCTS = Array.from({ length: 120 }, (_, i) => ({
  name: `Tom & Jerry <${i}>`,
  text: `"Item ${i}" costs less than < ${i * 3} & more than > ${i}. `.repeat(4),
}));

function hello(request, response, url) {
  const page = renderPage(url.searchParams.get('name') ?? 'world', PRODUCTS);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(page);
}

function fast(request, response) {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end('ok\n');
}

function echo(request, response) {
  response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
  request.pipe(response);
}

function user(request, response, url) {
  const id = Number(url.pathname.slice('/users/'.length));
  if (!Number.isInteger(id)) return notFound(request, response);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id, name: `User ${id}` }));
}

function notFound(request, response) {
  response.writeHead(404, { 'content-type': 'text/plain' });
  response.end('not found\n');
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (request.method === 'GET' && url.pathname === '/hello') {
    hello(request, response, url);
  } else if (request.method === 'GET' && url.pathname === '/fast') {
    fast(request, response);
  } else if (request.method === 'POST' && url.pathname === '/echo') {
    echo(request, response);
  } else if (request.method === 'GET' && url.pathname.startsWith('/users/')) {
    user(request, response, url);
  } else {
    notFound(request, response);
  }
});

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on ${server.address().port}`);
});
