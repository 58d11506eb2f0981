use super::{check, check_typed};

#[test]
fn fastify() {
    let with = |text: &str, expected: &[&str]| check(&format!("const fastify = require('fastify')({{ logger: true }});\n{text}"), expected);
    with("fastify.get('/a', async () => 1);\nfastify.post('/b', { schema }, h);", &["GET /a @2>2", "POST /b @3>3"]);
    with("fastify.get('/a', { schema,\n  handler: async () => 1 });", &["GET /a @2>3"]);
    with("fastify.get('/a', {\n  handler() { } });", &["GET /a @2>3"]);
    with("const opts = { handler };\nfunction handler() {}\nfastify.get('/a', opts);", &["GET /a @4>3"]);
    with("const opts = { schema };\nfastify.get('/a', opts, h);\nfastify.get('/b', opts);", &["GET /a @3>3"]);
    with("fastify.route({\n  method: 'GET', url: '/a',\n  handler: () => 1 });", &["GET /a @2>4"]);
    with("fastify.route({ method: ['GET', 'HEAD'], url: '/a/:id(^\\\\d+$)', handler: h });", &["GET /a/:id @2>2", "HEAD /a/:id @2>2"]);
    with("fastify.register(async (f, opts) => {\n  f.get('/x', h);\n}, { prefix: '/v1' });", &["GET /v1/x @3>3"]);
    with(
        "async function users(f) {\n  f.get('/', h);\n  f.register(one, { prefix: '/:id' }); }\n\
         function one(g, _, done) { g.get('/x', h); done(); }\nfastify.register(users, { prefix: '/users' });",
        &["GET /users @3>3", "GET /users/:id/x @5>5"],
    );
    with("fastify.get('/a', h).post('/b', h);", &["GET /a @2>2", "POST /b @2>2"]);
    check("import Fastify from 'fastify';\nconst app = Fastify();\napp.get('/x', h);", &["GET /x @3>3"]);
    check("import { fastify } from 'fastify';\nconst app = fastify().withTypeProvider();\napp.get('/x', h);", &["GET /x @3>3"]);
    check("module.exports = async function (fastify, opts) {\n  fastify.get('/x', async () => 1); };", &["GET /x @2>2"]);
    check(
        "export default fp(async (instance) => {\n  instance.route({ method: 'PUT', url: '/x', handler: async () => 1 }); });",
        &["PUT /x @2>2"],
    );
    check_typed(
        "const plugin: FastifyPluginAsync = async (f: FastifyInstance): Promise<void> => {\n  f.get('/x', h); };",
        &["GET /x @2>2"],
    );
}

#[test]
fn koa() {
    let with = |text: &str, expected: &[&str]| check(&format!("const Router = require('@koa/router');\n{text}"), expected);
    with(
        "const r = new Router();\nr.get('/a', h);\nr.get('name', '/b/:id', h);\nr.del('/c', h);",
        &["GET /a @3>3", "GET /b/:id @4>4", "DELETE /c @5>5"],
    );
    with("const r = new Router({ prefix: '/p' });\nr.get('/', h).get('/a', h);", &["GET /p @3>3", "GET /p/a @3>3"]);
    with("const r = Router();\nr.prefix('/p');\nr.get('/a', h);", &["GET /p/a @4>4"]);
    with(
        "const a = new Router(), b = new Router();\nb.get('/x', h);\na.use('/b', b.routes(), b.allowedMethods());\n\
         const Koa = require('koa'); const app = new Koa(); app.use(a.routes());",
        &["GET /b/x @3>3"],
    );
    check("import Router from 'koa-router';\nconst r = new Router();\nr.all('/a', h);", &["ANY /a @3>3"]);
}

#[test]
fn hapi() {
    let with = |text: &str, expected: &[&str]| check(&format!("const Hapi = require('@hapi/hapi');\n{text}"), expected);
    with(
        "const s = Hapi.server({ port: 1 });\ns.route({\n  method: 'GET',\n  path: '/a/{id?}',\n  handler: (r) => 1 });",
        &["GET /a/:id @3>6"],
    );
    with(
        "const s = new Hapi.Server();\ns.route([\n  { method: '*', path: '/a', handler: h },\n  { method: ['PUT', 'POST'], path: '/b', options: { handler() {} } }]);",
        &["ANY /a @4>4", "PUT /b @5>5", "POST /b @5>5"],
    );
    with("const routes = [{ method: 'GET', path: '/a', handler: h }];\nHapi.server().route(routes);", &["GET /a @2>2"]);
    check(
        "exports.plugin = { name: 'x', register: async (server, options) => {\n  server.route({ method: 'GET', path: '/x', handler: () => 1 }); } };",
        &["GET /x @2>2"],
    );
}

#[test]
fn hono() {
    let with = |text: &str, expected: &[&str]| check(&format!("import {{ Hono }} from 'hono';\n{text}"), expected);
    with("const app = new Hono();\napp.get('/a/:id{[0-9]+}', (c) => c);\napp.all('/b', h);", &["GET /a/:id @3>3", "ANY /b @4>4"]);
    with("export default new Hono()\n  .get('/a', h)\n  .post('/b', h);", &["GET /a @3>3", "POST /b @4>4"]);
    with("const app = new Hono().basePath('/api');\napp.get('/a', h);", &["GET /api/a @3>3"]);
    with(
        "const app = new Hono();\napp.on('PURGE', '/a', h);\napp.on(['PUT', 'DELETE'], ['/b', '/c'], h);",
        &["PURGE /a @3>3", "PUT /b @4>4", "DELETE /b @4>4", "PUT /c @4>4", "DELETE /c @4>4"],
    );
    with("const app = new Hono(), sub = new Hono();\nsub.get('/x', h);\napp.route('/sub', sub);", &["GET /sub/x @3>3"]);
    with("const sub = new Hono().get('/x', h);\nconst app = new Hono().route('/sub', sub);", &["GET /sub/x @2>2"]);
    check_typed("import { Hono } from 'hono/tiny';\nconst app = new Hono<{ Bindings: B }>();\napp.get('/a', h);", &["GET /a @3>3"]);
}
