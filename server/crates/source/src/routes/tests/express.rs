use super::{check, check_typed};

const APP: &str = "const express = require('express'); const app = express();\n";

fn check_app(text: &str, expected: &[&str]) {
    check(&format!("{APP}{text}"), expected);
}

#[test]
fn verbs() {
    check_app(
        "app.get('/a', (req, res) => {});\napp.post('/b', function (req, res) {});\napp.all('*', h);\napp.delete('/d', h);",
        &["GET /a @2>2", "POST /b @3>3", "ANY /* @4>4", "DELETE /d @5>5"],
    );
}

#[test]
fn paths() {
    check_app("app.get(['/a', '/b'], h);", &["GET /a @2>2", "GET /b @2>2"]);
    check_app("app.get(`/a`, h);", &["GET /a @2>2"]);
    check_app("const P = '/api';\napp.get(`${P}/a`, h);\napp.get(P + '/b', h);", &["GET /api/a @3>3", "GET /api/b @4>4"]);
    check_app("const paths = { user: '/users/:id' };\napp.get(paths.user, h);", &["GET /users/:id @3>3"]);
    check_app("app.get(/ab?c/, h);", &["GET /* @2>2"]);
    check_app("app.get(`${x}/a`, h);", &[]);
}

#[test]
fn handlers() {
    check_app("app.get('/a', auth, list);\nfunction auth() {}\n\nfunction list() {}", &["GET /a @2>5"]);
    check_app("const list = async () => {};\napp.get('/a', [auth, list]);", &["GET /a @3>2"]);
    check_app("app.get('/a',\n  wrap(async () => {}));", &["GET /a @2>3"]);
    check_app("const users = {\n  list() {},\n  one: () => {} };\napp.get('/a', users.one);", &["GET /a @5>4"]);
    check_app("class C {\n  list() {} }\nconst c = new C();\napp.get('/a', c.list.bind(c));", &["GET /a @5>3"]);
    check_app("const users = require('./users');\napp.get('/a', users.list);", &["GET /a @3>3"]);
}

#[test]
fn chains() {
    check_app("app.route('/x')\n  .get(h)\n  .post(auth, h);", &["GET /x @3>3", "POST /x @4>4"]);
    check_app("app\n  .get('/a', h)\n  .get('/b', h);", &["GET /a @3>3", "GET /b @4>4"]);
    check_app("const r = express.Router().get('/a', h);\napp.use('/r', r);", &["GET /r/a @2>2"]);
    check_app("const r = app.route('/x');\nr.get(h);", &["GET /x @3>3"]);
}

#[test]
fn mounts() {
    check_app("const r = express.Router();\nr.get('/a', h);\napp.use('/r', auth, r);", &["GET /r/a @3>3"]);
    check_app("const r = express.Router();\nr.get('/', h);\napp.use('/r', r);", &["GET /r @3>3"]);
    check_app(
        "const a = express.Router(), b = express.Router();\nb.get('/x', h);\na.use('/b', b);\napp.use('/a', a);",
        &["GET /a/b/x @3>3"],
    );
    check_app("const r = express.Router();\nr.get('/x', h);\napp.use(['/1', '/2'], r);", &["GET /1/x @3>3", "GET /2/x @3>3"]);
    check_app("const r = express.Router();\nr.get('/x', h);\nr.use('/loop', r);", &["GET /x @3>3"]);
    check_app("const a = express.Router(), b = express.Router();\nb.get('/x', h);\na.use('/b', b); b.use('/a', a);", &["GET /x @3>3"]);
}

#[test]
fn imports() {
    check("import e from 'express';\nconst a = e();\na.get('/x', h);", &["GET /x @3>3"]);
    check("import { Router as R } from 'express';\nconst a = R();\na.get('/x', h);", &["GET /x @3>3"]);
    check("import * as e from 'express';\nconst a = e.Router();\na.get('/x', h);", &["GET /x @3>3"]);
    check("const { Router } = require('express');\nconst a = new Router();\na.get('/x', h);", &["GET /x @3>3"]);
    check("const e = require('express'), { Router: R } = e;\nconst a = R();\na.get('/x', h);", &["GET /x @3>3"]);
    check("const app = module.exports = require('express')();\napp.get('/x', h);", &["GET /x @2>2"]);
    check("const router = require('express').Router();\nrouter.put('/x', h);", &["PUT /x @2>2"]);
    check("const e = await import('express');\nconst a = e.default();\na.get('/x', h);", &["GET /x @3>3"]);
    check("const app = require('./app');\napp.get('/x', (req, res) => {});", &["GET /x @2>2"]);
}

#[test]
fn types() {
    check_typed("import express, { Express } from 'express';\nconst app: Express = express();\napp.get('/x', h);", &["GET /x @3>3"]);
    check_typed("import express = require('express');\nconst app = express() as any;\napp.get<{}, string>('/x', h);", &["GET /x @3>3"]);
    check_typed("import { Router } from 'express';\nconst r = (<Router>Router())!;\nr.get('/x', h);", &["GET /x @3>3"]);
    check_typed("export function set(r: express.Router) {\n r.get('/x', (q, s) => {}); }", &["GET /x @2>2"]);
    check_typed(
        "import { Router } from 'express';\nclass C {\n  router = Router();\n  constructor() { this.router.get('/x', this.list); }\n  list() {} }",
        &["GET /x @4>5"],
    );
}

#[test]
fn scopes() {
    check(
        "const express = require('express');\nlet app;\nfunction start() { app = express(); }\nstart();\napp.get('/x', h);",
        &["GET /x @5>5"],
    );
    check(
        "function make() { const app = require('express')(); app.get('/a', h); return app; }\nconst a = make();\na.get('/b', h);",
        &["GET /a @1>1", "GET /b @3>3"],
    );
    check("const app = require('express')();\nfunction f(app) { return app.x; }\napp.get('/a', h);", &["GET /a @3>3"]);
    check("const a = require('express')();\nfunction f() { const a = new Map(); a.get('/x', h); }", &[]);
    check("module.exports = (app) => {\n  app.get('/x', (req, res) => {}); };", &["GET /x @2>2"]);
}
