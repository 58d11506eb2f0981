// A run that a lens starts, and what comes of its figures: on exact lines, through edits, by settings.
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { diagnostics, eventually, hints, hovers, lenses, lineOf, open, tickmark, withSetting } = require("./asking.cjs");
const { duration, figure, time } = require("./figures.cjs");

const MEASURED_MS = 60_000;
const LEAST_SHARE = 0.01;
const LEAST_SAMPLES = 5;
const LEAST_SHARE_OF_CALLS = 0.05;

/** The newest run, as the command line tells it. */
const newest = () => JSON.parse(tickmark("runs", "show", "--format", "json"));

/**
 * The hints that figures of the command line make, by the rules for which the settings have names. `show` is `self`, `total` or `both`:
 * no line of script.js only hands on what its function does, so that every one with large calls tells its total, too.
 */
function expectedHints(document, run, show, label, leastShare = LEAST_SHARE) {
  const of = show === "both" ? "self" : show;
  const of_script = ({ file }) => file === "script.js";
  const samples = (row) => (of === "self" ? row.samples : row.totalSamples);
  const enough = (row) => samples(row) >= LEAST_SAMPLES && row[`${of}Ms`] / run.activeMs >= leastShare;
  const calls = (row) => show === "both" && row.totalSamples >= LEAST_SAMPLES && (row.totalMs - row.selfMs) / run.activeMs >= Math.max(leastShare, LEAST_SHARE_OF_CALLS);
  const functions = run.functions.filter((row) => of_script(row) && row.name !== "" && enough(row));
  const lines = run.lines.filter((row) => of_script(row) && (enough(row) || calls(row)) && !functions.some(({ line }) => line === row.line));
  const hint = (row, figures) => ({ line: row.line - 1, character: document.lineAt(row.line - 1).text.length, label: figures });
  const of_line = (row) => {
    const total = calls(row) ? [`${label(row.totalMs)} total`] : [];
    return [...(enough(row) ? [`${label(row[`${of}Ms`])} ${of}`] : []), ...total].join(" · ");
  };
  const hints = [...functions.map((row) => hint(row, `ƒ ${label(row[`${of}Ms`])} ${of}`)), ...lines.map((row) => hint(row, of_line(row)))];
  return hints.sort((a, b) => a.line - b.line);
}

const share = (run) => (ms) => figure(ms, run.activeMs);

exports["a lens starts a run, and its result is on the lens"] = async () => {
  const script = await open("script.js");
  const before = newest().runId;
  const [lens] = await eventually(async () => {
    const found = await lenses(script);
    assert.equal(found[0]?.title, "▶ Profile script.js");
    return found;
  });
  await vscode.commands.executeCommand(lens.command, ...lens.arguments);
  await eventually(async () => {
    const [{ title }] = await lenses(script);
    assert.match(title, /^▶ Profile script\.js · active /);
    assert.equal(title, `▶ Profile script.js · active ${duration(newest().activeMs)}`);
  }, MEASURED_MS);
  assert.notEqual(newest().runId, before);
};

exports["hints are at the ends of the hot lines, with the figures of the command line"] = async () => {
  const script = await open("script.js");
  const run = newest();
  const expected = expectedHints(script, run, "both", share(run));
  assert.ok(expected.length >= 5, JSON.stringify(expected));
  await eventually(async () => assert.deepEqual(await hints(script), expected));
  // What the program was written for: three loops, the last of which has most of it.
  const loop = lineOf(script, "i < 7 * unit; i++) { x =");
  assert.ok(expected.some(({ line, label }) => line === loop && Number.parseFloat(label) > 5), JSON.stringify(expected));
  // And a call, whose line has next to nothing of its own.
  const call = lineOf(script, "x ^= spin(7 * unit);");
  assert.match(expected.find(({ line }) => line === call)?.label ?? "", / total$/, JSON.stringify(expected));
};

exports["the hottest line is listed as a hint"] = async () => {
  const script = await open("script.js");
  const run = newest();
  const hottest = run.lines.find(({ file }) => file === "script.js");
  const found = await eventually(() => {
    const found = diagnostics(script).filter(({ code, line }) => code === "hot/line" && line === hottest.line - 1);
    assert.equal(found.length, 1);
    return found[0];
  });
  assert.equal(found.severity, "Hint");
  assert.equal(found.marked, script.lineAt(hottest.line - 1).text.trim());
  const figures = `${figure(hottest.selfMs, run.activeMs)} self (${time(hottest.selfMs)}, ${hottest.samples} samples), ${figure(hottest.totalMs, run.activeMs)} total of script.js`;
  assert.match(found.diagnostic.message, /^Hot line in ƒ \w+: /);
  assert.ok(found.diagnostic.message.endsWith(figures), `${found.diagnostic.message} ends with ${figures}`);
};

exports["a hover on a function tells its figures"] = async () => {
  const script = await open("script.js");
  const run = newest();
  const spin = run.functions.find(({ name }) => name === "spin");
  const text = (await hovers(script, spin.line - 1, spin.column - 4)).find((hover) => hover.includes("self"));
  assert.ok(text?.includes(figure(spin.selfMs, run.activeMs)), `${figure(spin.selfMs, run.activeMs)} in ${text}`);
};

exports["hints move with edits, and a changed function's are stale"] = async () => {
  const script = await open("script.js");
  const run = newest();
  const before = expectedHints(script, run, "both", share(run));
  const edit = async (change) => {
    const edits = new vscode.WorkspaceEdit();
    change(edits);
    assert.ok(await vscode.workspace.applyEdit(edits));
  };
  await edit((edits) => edits.insert(script.uri, new vscode.Position(1, 0), "// one\n// two\n"));
  await eventually(async () => assert.deepEqual(await hints(script), before.map((hint) => ({ ...hint, line: hint.line + 2 }))));
  const inside = new vscode.Position(lineOf(script, "let x = n | 1;"), 0);
  await edit((edits) => edits.insert(script.uri, inside, "  n += 0;\n"));
  const header = lineOf(script, "function spin(n)");
  await eventually(async () => assert.match((await hints(script)).find(({ line }) => line === header).label, /^ƒ .* stale$/));
  await vscode.commands.executeCommand("workbench.action.files.revert");
  await eventually(async () => assert.deepEqual(await hints(script), before));
};

exports["settings reach the server: which figures, in which unit, from where on"] = async () => {
  const script = await open("script.js");
  const run = newest();
  const shows = (expected) => eventually(async () => assert.deepEqual(await hints(script), expected));
  const normal = expectedHints(script, run, "both", share(run));
  await withSetting("hints.show", "self", () => shows(expectedHints(script, run, "self", share(run))));
  await withSetting("hints.show", "total", () => shows(expectedHints(script, run, "total", share(run))));
  await withSetting("hints.unit", "time", () => shows(expectedHints(script, run, "both", time)));
  await withSetting("hints.minPercent", 20, () => shows(expectedHints(script, run, "both", share(run), 0.2)));
  await withSetting("hints.show", "off", () => shows([]));
  await shows(normal);
};

exports["settings reach the server: lenses and problems"] = async () => {
  const script = await open("script.js");
  const titles = async () => (await lenses(script)).map(({ title }) => title);
  const normal = await titles();
  assert.ok(normal.includes("Explain optimisation") && normal.some((title) => title.startsWith("self ")), normal.join(", "));
  await withSetting("lenses.explain", false, () => eventually(async () => assert.deepEqual(await titles(), normal.filter((title) => title !== "Explain optimisation"))));
  await withSetting("lenses.functions", false, () => eventually(async () => assert.ok(!(await titles()).some((title) => title.startsWith("self ")))));
  assert.ok(diagnostics(script).length > 0);
  await withSetting("diagnostics.categories", [], () => eventually(() => assert.deepEqual(diagnostics(script), [])));
  await eventually(() => assert.ok(diagnostics(script).length > 0));
};

exports["Clear takes the figures off the text"] = async () => {
  const script = await open("script.js");
  assert.notDeepEqual(await hints(script), []);
  await vscode.commands.executeCommand("tickmark.clear");
  await eventually(async () => {
    assert.deepEqual(await hints(script), []);
    assert.deepEqual(diagnostics(script), []);
    assert.equal((await lenses(script))[0].title, "▶ Profile script.js");
  });
};
