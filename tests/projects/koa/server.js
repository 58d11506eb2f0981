'use strict';

const Router = require('@koa/router');
const Koa = require('koa');

const app = new Koa();
const router = new Router({ prefix: '/api' });

function digits(n) {
  let text = '';
  for (let i = 0; i < 2000; i++) text += (n * i) % 10;
  return text;
}

router.get('/digits/:n', (ctx) => {
  ctx.body = digits(Number(ctx.params.n));
});
router.get('/fast', async (ctx) => {
  ctx.body = 'ok\n';
});
app.use(router.routes()).use(router.allowedMethods());

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on ${server.address().port}`);
});
