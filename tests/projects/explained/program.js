// Prints before, while and after it works; each run adds a line to `executed.txt`.
const fs = require('node:fs');
const { work } = require('./work.js');

fs.appendFileSync('executed.txt', 'once\n');
console.log('begin with größe');
let sum = 0;
for (let round = 0; round < 10; round++) {
  for (let i = 0; i < 5000; i++) sum += work();
  console.log(`round ${round}`);
}
process.stdout.write(`${sum}\n`);
