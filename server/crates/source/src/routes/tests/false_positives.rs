use super::{check, check_typed};

#[test]
fn other_receivers() {
    for text in [
        "const map = new Map(); map.get('/x', () => 1);",
        "cache.delete('/x', () => 1);",
        "const axios = require('axios'); axios.get('/x', () => 1);",
        "const request = require('supertest'); request(app).get('/x', () => 1);",
        "const app = require('express')(); require('supertest')(app).get('/x').expect(200, () => {});",
        "const api = require('supertest')(app); api.get('/x', () => {});",
        "const app = require('express')(); const agent = request.agent(app); agent.get('/x', () => {});",
        "fetch('/x', () => {});",
        "params.get('/x', h);",
        "const app = createApp(); app.get('/x', h);",
        "function f(params) { params.get('/x', () => {}); }",
        "function f(api, config) { return api.get('/x', config); }",
        "function f(api) { return api.get('/x', { headers: {} }); }",
        "function f(api) { return api.get('/x', build()); }",
        "function f(app) { return app.get('x', () => {}); }",
        "const router = require('./other').thing(); router.get('/x', h);",
        "const http = require('http'); http.get('/x', (res) => {});",
        "const axios = require('axios'); const app = axios.create(); app.get('/x', h);",
        "const Koa = require('koa'); const app = new Koa(); app.get('/x', h);",
    ] {
        check(text, &[]);
    }
    check_typed("function f(app: AxiosInstance) { app.get('/x', () => {}); }", &[]);
}

#[test]
fn no_routes_of_an_application() {
    for call in [
        "app.get('env')",
        "app.get('/x')",
        "app.set('/x', h)",
        "app.get('/x', 'y')",
        "app.use('/x', h)",
        "app.get(path, h)",
        "app.get()",
        "app.route()",
        "app.use()",
        "app.on('GET', '/x', h)",
    ] {
        check(&format!("const app = require('express')(); {call};"), &[]);
    }
}
