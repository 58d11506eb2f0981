// What holds for every line, whatever is in it: assertions on scopes are in the files beside this one.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

const root = new URL('..', import.meta.url);
const { contributes } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const sources = new Map(contributes.grammars.map(({ scopeName, path }) => [scopeName, readFileSync(new URL(path, root), 'utf8')]));

await oniguruma.loadWASM(readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => textmate.parseRawGrammar(sources.get(scope), 'grammar.json'),
});
const grammars = new Map(await Promise.all([...sources.keys()].map(async (scope) => [scope, await registry.loadGrammar(scope)])));

/** The lines of the files with assertions, by root scope, without header, notes and assertions. */
const fixtures = new Map([...sources.keys()].map((scope) => [scope, []]));
for (const entry of readdirSync(new URL('tests/', root), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const folder = new URL(`tests/${entry.name}/`, root);
  for (const name of readdirSync(folder)) {
    const [header, ...lines] = readFileSync(new URL(name, folder), 'utf8').split('\n');
    fixtures.get(/"([^"]+)"/.exec(header)[1]).push(...lines.filter((line) => line && !line.startsWith('# ') && !/^#\s*\^/.test(line)));
  }
}

/** Whether the line has nothing but the scope of the whole file. */
const isPlain = (tokens) => tokens.every(({ scopes }) => scopes.length === 1);

for (const [scope, source] of sources) {
  const grammar = grammars.get(scope);
  const suffix = `.${scope.split('.')[1]}`;

  test(`${scope}: scopes end with ${suffix}, and what is included is there`, () => {
    const { patterns, repository, scopeName } = JSON.parse(source);
    assert.equal(scopeName, scope);
    const included = new Set();
    const visit = (value, key) => {
      if (key === 'name' || key === 'contentName') {
        for (const name of value.split(' ')) assert.ok(name.endsWith(suffix), `${name} in ${scope}`);
      } else if (key === 'include') {
        included.add(value.slice(1));
        assert.ok(value.startsWith('#') && repository[value.slice(1)], `${value} in ${scope}`);
      } else if (value && typeof value === 'object') {
        for (const [name, inner] of Object.entries(value)) visit(inner, name);
      }
    };
    visit(patterns);
    for (const rule of Object.values(repository)) visit(rule);
    assert.deepEqual(Object.keys(repository).filter((key) => !included.has(key)), [], 'not included anywhere');
  });

  test(`${scope}: no rule goes on after its line, wherever the line is cut off`, () => {
    const lines = fixtures.get(scope);
    assert.ok(lines.length > 10);
    for (const line of lines) {
      for (let end = 1; end <= line.length; end++) {
        const { ruleStack } = grammar.tokenizeLine(line.slice(0, end), textmate.INITIAL);
        assert.equal(ruleStack.depth, 1, line.slice(0, end));
      }
    }
  });

  test(`${scope}: time grows with the length of a line, not with its square`, () => {
    const pieces = [' ', 'x', '0', '<', ',', ';', ':1', ' a:1:1', '(', '[', '0x0 ', '\\', '\\n', '12 ', '{<JSFunction ', ' /a'];
    const starts = {
      'source.v8-trace': ['', '[bailout (kind: ', '[not marking function ', 'Inlining 0x1 {', '  reading input frame ', '            ;;; deoptimize at <', '      0: 0x1 ; '],
      'source.v8-log': ['', 'code-creation,JS,1,1,0x1,1,', 'code-source-info,0x1,1,1,1,', 'script-source,1,a,', 'code-deopt,1,1,0x1,1,1,eager,<', 'LoadIC,0x1,1,1,1,0,1,0x1,', 'tick,0x1,1,0,0x0,1,', 'other,'],
      'text.folded-stacks': ['', 'a;', 'LazyCompile:*'],
      'text.prof-process': ['', '  12  3.4%  JS: *', ' [', '  12'],
    }[scope];
    const time = (line) => {
      const start = process.hrtime.bigint();
      const { ruleStack } = grammar.tokenizeLine(line, textmate.INITIAL);
      assert.equal(ruleStack.depth, 1);
      return Number(process.hrtime.bigint() - start);
    };
    // 8 times the text takes some 8 times as long, its square 64 times. A busy machine may spoil a measurement, not four of them.
    // Short texts first, so that a bad rule is found before it takes minutes.
    const isLinear = (of) => [20_000, 160_000].every((length) => Array.from({ length: 4 }).some(() => {
      const short = time(of(length / 8));
      return time(of(length)) < 25 * Math.max(short, 500_000);
    }));
    for (const start of starts) {
      for (const piece of pieces) {
        assert.ok(isLinear((length) => start + piece.repeat(length / piece.length)), `${start}${piece}${piece}…`);
      }
    }
  });
}

test("source.v8-trace: the program's own output stays plain between the lines of V8", () => {
  const grammar = grammars.get('source.v8-trace');
  const trace = fixtures.get('source.v8-trace').filter((line) => !isPlain(grammar.tokenizeLine(line, textmate.INITIAL).tokens));
  const output = [
    '', 'listening on 3000', '[info] marking order 12 as paid', '[marking 3 of 7]', '[bailout] payment of 0x10 failed', '[bailout (kind)]',
    'Inlining CSS into index.html', 'Inlining 3 images', 'Considering 3 options for inlining', 'Cannot consider 12', 'Not considering call site',
    '== Inlining images ==', '  cannot inline styles: too big', '  greedy inlining', '- candidate: Smith', '  - target: 0x12', '3 candidate(s)',
    'Budget used: 3/4', '[OSR] ready', '[OSR - ready]', '[compiling method a]', '[completed in 12 ms]', '[optimizing images]',
    '0x1f26d7a9e650', '{"kind":"deopt-eager","reason":"wrong map"}', '      1: hello', '      1: 0x12', '    0x1234: top', '  reading config => a=1',
    '  reading the frame', '-------------------------', '  translating text => en', '    at foo (/app/a.js:1:2)', '[not marking anything]',
    '[delaying optimization]', 'Materialization of views', ';;; deoptimize', '<JSFunction f (sfi = 0x12)>', 'Feedback updated', '日本 ]',
  ];
  for (const [at, line] of output.entries()) {
    const before = grammar.tokenizeLine(trace[at % trace.length], textmate.INITIAL);
    const own = grammar.tokenizeLine(line, before.ruleStack);
    assert.ok(isPlain(own.tokens), `${line}: ${JSON.stringify(own.tokens.find(({ scopes }) => scopes.length > 1))}`);
  }
});

test('text.prof-process: other text around a report stays plain', () => {
  const grammar = grammars.get('text.prof-process');
  for (const line of ['', 'done', '12', '$ node --prof-process v8.log', '[Summary]', ' [3]:', 'ticks', '  ticks and names', '  50.0%  done', '  12 of 50.0%  done', '   12 files']) {
    assert.ok(isPlain(grammar.tokenizeLine(line, textmate.INITIAL).tokens), line);
  }
});

test('every file with assertions is of a language that the manifest names', () => {
  const extensions = contributes.languages.flatMap(({ extensions }) => extensions);
  const folders = readdirSync(fileURLToPath(new URL('tests/', root)), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: folder } of folders) {
    for (const name of readdirSync(new URL(`tests/${folder}/`, root))) {
      assert.ok(extensions.some((extension) => name.endsWith(extension)), `${folder}/${name}`);
    }
  }
});
