import fastify, { type FastifyInstance } from 'fastify';
import { findItem, items } from './catalog';
import { discountedTotal } from './pricing';

interface QuoteQuery {
  quantity?: string;
}

export function buildApp(): FastifyInstance {
  const app = fastify();

  app.get<{ Querystring: QuoteQuery }>('/quote', async (request) => {
    const quantity = Number(request.query.quantity ?? 3);
    return { quantity, total: discountedTotal(items, quantity) };
  });

  app.get<{ Params: { id: string } }>('/items/:id', async (request, reply) => {
    const item = findItem(Number(request.params.id));
    if (!item) return reply.code(404).send({ error: 'no such item' });
    return item;
  });

  app.route({
    method: 'POST',
    url: '/echo',
    handler: async (request) => request.body,
  });

  return app;
}
