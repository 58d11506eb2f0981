'use strict';

const express = require('express');
const path = require('node:path');

const app = express();
app.set('view engine', 'pug');
app.set('views', path.join(__dirname, 'views'));

const products = Array.from({ length: 20 }, (_, i) => ({ id: i, name: `Product ${i}`, price: i * 3 + 0.99 }));

app.get('/', (req, res) => {
  res.render('index', { title: 'Products', products });
});

app.get('/products/:id', (req, res) => {
  const product = products[Number(req.params.id)];
  if (!product) return res.sendStatus(404);
  res.json(product);
});

const admin = express.Router();
admin.post('/products', express.json(), (req, res) => {
  res.status(201).json({ id: products.length, ...req.body });
});
app.use('/admin', admin);

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on ${server.address().port}`);
});
