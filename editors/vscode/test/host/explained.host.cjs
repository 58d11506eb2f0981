// A stored run of program.js with what V8 decided: shown from the start, on exact places.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const vscode = require("vscode");
const { actions, diagnostics, eventually, extension, hints, hovers, lenses, lineOf, open, tickmark } = require("./asking.cjs");
const { figure } = require("./figures.cjs");

/** The stored run, as the command line tells it. */
const stored = () => JSON.parse(tickmark("runs", "show", "--format", "json"));

/** The code of a finding is that of its diagnostic; the other codes are of hot places. */
const decided = (found) => found.filter(({ code }) => !code.startsWith("hot/"));

exports["the extension is active in a folder with JavaScript"] = async () => {
  await eventually(() => assert.ok(extension.isActive));
};

exports["lenses of routes and programs: places, titles, commands"] = async () => {
  const server = await open("server.js");
  const route = (pattern, method, path) => {
    const line = lineOf(server, pattern);
    const of = [{ method, path, uri: server.uri.toString() }];
    return [
      { line, title: `▶ Profile ${method} ${path}`, command: "tickmark.profileRoute", arguments: of },
      { line, title: "Explain optimisation", command: "tickmark.explainRoute", arguments: of },
      { line, title: `Benchmark ${method} ${path}`, command: "tickmark.benchmarkRoute", arguments: of },
    ];
  };
  const program = [{ uri: server.uri.toString() }];
  await eventually(async () =>
    assert.deepEqual(await lenses(server), [
      { line: 0, title: "▶ Profile server.js", command: "tickmark.profileEntry", arguments: program },
      { line: 0, title: "Explain optimisation", command: "tickmark.explainEntry", arguments: program },
      ...route("url.pathname === '/hello'", "GET", "/hello"),
      ...route("url.pathname === '/fast'", "GET", "/fast"),
      ...route("url.pathname === '/echo'", "POST", "/echo"),
      ...route("url.pathname.startsWith('/users/')", "GET", "/users/*"),
    ]),
  );
};

exports["a stored run is shown without being asked for: figures on headers and lenses"] = async () => {
  const { runId, functions } = stored();
  const work = await open("work.js");
  const weigh = functions.find(({ name }) => name === "weigh");
  const line = lineOf(work, "function weigh(part)");
  assert.equal(weigh.line, line + 1);
  const label = `ƒ ${figure(weigh.selfMs, stored().activeMs)} self`;
  await eventually(async () => assert.deepEqual((await hints(work)).find((hint) => hint.line === line), { line, character: "function weigh(part) {".length, label }));
  const lens = (await lenses(work)).find((each) => each.line === line);
  assert.equal(lens.command, "tickmark.showFlamegraph");
  assert.equal(lens.arguments[0].runId, runId);
  assert.ok(Number.isInteger(lens.arguments[0].frame), "the function that is selected there");
  assert.ok(lens.title.startsWith(`self ${figure(weigh.selfMs, stored().activeMs)} · total ${figure(weigh.totalMs, stored().activeMs)} · turbofan`), lens.title);
};

exports["V8's decisions are on their tokens, with code, severity and page"] = async () => {
  const work = await open("work.js");
  const expected = [
    { code: "deopt/loop", marked: "weight", line: lineOf(work, "// LOOP"), severity: "Warning" },
    { code: "ic/megamorphic", marked: "weight", line: lineOf(work, "// LOOP"), severity: "Information" },
  ];
  const found = await eventually(async () => {
    const found = decided(diagnostics(work));
    for (const one of expected) {
      const same = found.filter(({ code, line }) => code === one.code && line === one.line).map(({ diagnostic, ...rest }) => rest);
      assert.deepEqual(same, [one]);
    }
    return found;
  });
  assert.ok(!found.some(({ code }) => /^(inlining|tier)\//.test(code)), "facts that are no problems are off");
  const { diagnostic } = found.find(({ code }) => code === "deopt/loop");
  assert.match(diagnostic.message, /`weigh`.* optimised and given up \d+ times/);
  assert.match(readFileSync(diagnostic.code.target.fsPath, "utf8"), /^# /);
};

exports["findings of the command line are diagnostics at the same places, and there are no others"] = async () => {
  const work = await open("work.js");
  const told = stored().findings.filter(({ file, code }) => file === "work.js" && !/^(inlining|tier)\//.test(code));
  const place = ({ code, line, column }) => `${code} ${line}:${column}`;
  // Small ones are left out, by share and by samples.
  const large = told.filter(({ share }) => share > 0.05).map(place);
  assert.ok(large.length > 0, JSON.stringify(told));
  await eventually(() => {
    const shown = decided(diagnostics(work)).map(({ code, diagnostic: { range } }) => place({ code, line: range.start.line + 1, column: range.start.character + 1 }));
    assert.deepEqual(large.filter((one) => !shown.includes(one)), []);
    assert.deepEqual(shown.filter((one) => !told.map(place).includes(one)), []);
  });
};

exports["a hover tells of a property what its inline cache has seen"] = async () => {
  const work = await open("work.js");
  const line = lineOf(work, "// MEGAMORPHIC");
  const text = (await hovers(work, line, work.lineAt(line).text.indexOf("price"))).find((hover) => hover.includes("megamorphic"));
  assert.match(text, /^\*\*Read of `price`: megamorphic\*\*/);
  for (const shape of ["Film {c, price}", "Show {d, price}", "Play {e, price}"]) assert.ok(text.includes(shape), `${shape} in ${text}`);
};

exports["code actions switch facts of inlining on and off, for this file"] = async () => {
  const work = await open("work.js");
  const line = lineOf(work, "for (let i = 0; i < 20; i++) sum += checksum(i)");
  const refused = () => diagnostics(work).filter(({ code }) => code === "inlining/too-big").map(({ marked, line }) => ({ marked, line }));
  assert.deepEqual(refused(), []);
  const toggle = async (title) => {
    const action = (await actions(work, line, 4)).find((each) => each.title === title);
    assert.ok(action, `${title} is offered`);
    assert.equal(action.command.command, "tickmark.toggleFacts");
    await vscode.commands.executeCommand(action.command.command, ...action.command.arguments);
  };
  await toggle("Show inlining facts in this file (now off)");
  await eventually(() => assert.deepEqual(refused(), [{ marked: "checksum", line }]));
  await toggle("Hide inlining facts in this file (now on)");
  await eventually(() => assert.deepEqual(refused(), []));
};
