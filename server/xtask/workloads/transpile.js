'use strict';
// node --logfile=LOG … transpile.js TYPESCRIPT_FOLDER LOG BYTES
//
// Lets the TypeScript compiler transpile its own code until LOG has BYTES. Its recursive parser, binder,
// transformers and emitter make deep stacks and a lot of code.
const fs = require('node:fs');
const path = require('node:path');

const [folder, log, bytes] = process.argv.slice(2);
const ts = require(path.resolve(folder, 'lib/typescript.js'));
const source = fs.readFileSync(path.resolve(folder, 'lib/typescript.js'), 'utf8');

// Whole lines of about this many characters, from another place each time. A part that begins in the
// middle of a function still parses: the compiler recovers from errors.
const PART = 400_000;
const end = Date.now() + 10 * 60 * 1000;
let length = 0;
for (let round = 0; fs.statSync(log).size < Number(bytes); round++) {
  if (Date.now() > end) throw new Error(`${log} did not reach ${bytes} bytes in ten minutes`);
  const from = source.indexOf('\n', (round * PART) % (source.length - PART)) + 1;
  const { outputText } = ts.transpileModule(source.slice(from, from + PART), {
    compilerOptions: { target: ts.ScriptTarget.ES5, module: ts.ModuleKind.CommonJS, allowJs: true },
    fileName: 'part.js',
  });
  length += outputText.length;
}
console.log(`${length} characters`);
