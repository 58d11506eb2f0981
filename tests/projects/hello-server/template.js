'use strict';

const ENTITIES = [
  { char: '&', entity: '&amp;' },
  { char: '<', entity: '&lt;' },
  { char: '>', entity: '&gt;' },
  { char: '"', entity: '&quot;' },
  { char: "'", entity: '&#39;' },
  { char: '`', entity: '&#96;' },
];

// The bottleneck of GET /hello: for every character, a search through all entities.
function escapeHtml(text) {
  let escaped = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    for (let k = 0; k < ENTITIES.length; k++) {
      if (text[i] === ENTITIES[k].char) {
        escaped += text.slice(start, i) + ENTITIES[k].entity;
        start = i + 1;
      }
    }
  }
  return escaped + text.slice(start);
}

function renderRow(product) {
  return `<li><b>${escapeHtml(product.name)}</b> ${escapeHtml(product.text)}</li>`;
}

function renderPage(name, products) {
  let rows = '';
  for (const product of products) rows += renderRow(product);
  return `<!doctype html><h1>Hello, ${escapeHtml(name)}!</h1><ul>${rows}</ul>\n`;
}

module.exports = { renderPage };
