import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();
const api = new Hono();

function digits(n) {
  let text = '';
  for (let i = 0; i < 2000; i++) text += (n * i) % 10;
  return text;
}

api.get('/digits/:n', (c) => c.text(digits(Number(c.req.param('n')))));
app.get('/fast', (c) => c.text('ok\n'));
app.route('/api', api);

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, (info) => {
  console.log(`listening on ${info.port}`);
});
