// What the extension and its server have registered.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { eventually, extension, tickmark } = require("./asking.cjs");

exports["every contributed command can be run"] = async () => {
  const registered = await vscode.commands.getCommands(true);
  const contributed = extension.packageJSON.contributes.commands.map(({ command }) => command);
  assert.deepEqual(contributed.filter((command) => !registered.includes(command)), []);
};

exports["every command of the server's protocol can be run"] = async () => {
  const registered = await vscode.commands.getCommands(true);
  const page = readFileSync(path.join(__dirname, "../../../../server/docs/protocol.md"), "utf8");
  const described = [...page.matchAll(/^### `(tickmark\.\w+)`/gm)].map(([, name]) => name);
  assert.ok(described.includes("tickmark.profileRoute"), described.join(", "));
  assert.deepEqual(described.filter((name) => !registered.includes(name)), []);
};

exports["the extension and its server have the same version"] = () => {
  assert.equal(tickmark("--version").trim(), `tickmark ${extension.packageJSON.version}`);
};

exports["another server takes the place of the first when the user wants it"] = async () => {
  await vscode.commands.executeCommand("tickmark.restartServer");
  await eventually(async () => assert.ok(Array.isArray(await vscode.commands.executeCommand("tickmark.hotspots", { message: false }))));
};

exports["every setting has the default of the manifest and a description"] = () => {
  const groups = extension.packageJSON.contributes.configuration;
  const properties = Object.entries(Object.assign({}, ...groups.map((group) => group.properties)));
  assert.ok(properties.length > 10);
  for (const [key, { default: standard, markdownDescription }] of properties) {
    assert.deepEqual(vscode.workspace.getConfiguration().get(key), standard, key);
    assert.ok(markdownDescription.length > 10, key);
  }
};
