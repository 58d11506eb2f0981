// What of the language client goes into the bundle. It is one CommonJS module with a part for everything the protocol
// knows, so that no bundler can leave out what this server has not: completion, renaming, notebooks and so on.
import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { withoutUnmentioned } from "./shake.mjs";

/** Parts whose capabilities the server does not have, so that the client would never use them. */
const UNUSED = [
  "callHierarchy", "colorProvider", "completion", "declaration", "definition", "documentHighlight", "documentLink", "documentSymbol",
  "fileOperations", "foldingRange", "formatting", "implementation", "inlineCompletion", "inlineValue", "linkedEditingRange", "notebook",
  "reference", "rename", "selectionRange", "semanticTokens", "signatureHelp", "textDocumentContent", "typeDefinition", "typeHierarchy",
  "workspaceSymbol",
];
/** The same of the protocol's messages. */
const UNUSED_MESSAGES = [
  "callHierarchy", "colorProvider", "declaration", "fileOperations", "foldingRange", "implementation", "inlineCompletion", "inlineValue",
  "linkedEditingRange", "moniker", "selectionRange", "textDocumentContent", "typeDefinition", "typeHierarchy",
];
/** Others ask the part for notebooks by name, so there is one that never has any. */
const NOTEBOOK = `
const { NotebookDocumentSyncRegistrationType: registrationType } = require("vscode-languageserver-protocol");
const never = () => ({ dispose() {} });
exports.NotebookDocumentSyncFeature = class {
  static CellScheme = "vscode-notebook-cell";
  registrationType = registrationType;
  onOpenNotificationSent = never;
  onChangeNotificationSent = never;
  onSaveNotificationSent = never;
  onCloseNotificationSent = never;
  fillClientCapabilities() {}
  initialize() {}
  register() {}
  unregister() {}
  clear() {}
  handles() { return false; }
  getProvider() { return undefined; }
  getState() { return { kind: "document", id: registrationType.method, registrations: false, matches: false }; }
};`;
/** Globs are for document filters with a pattern: neither the extension nor the server has one. Watched files are VS Code's. */
const GLOBS = `exports.matchGlobPattern = () => { throw new Error("document filters with patterns are not part of this bundle"); };`;
/** The client's own check of VS Code's version, which VS Code has made before by \`engines\`. */
const SEMVER = { parse: "module.exports = (version) => version;", satisfies: "module.exports = () => true;" };
/** What TypeScript puts into each of the client's files, and once suffices. */
const HELPERS = /^var (__createBinding|__setModuleDefault|__importStar|__exportStar|__importDefault) = \(this && this\.\1\) \|\| [^]*?^\}\)*(?:\(\))?;$/gm;

const SEMVER_FILES = /[\\/]semver[\\/]functions[\\/](parse|satisfies)\.js$/;

const SHARED = `
const binding = (to, from, key, name = key) => Object.defineProperty(to, name, { enumerable: true, configurable: true, get: () => from[key] });
exports.__createBinding = binding;
exports.__setModuleDefault = (to, value) => Object.defineProperty(to, "default", { enumerable: true, value });
exports.__exportStar = (from, to) => {
  for (const key in from) if (key !== "default" && !Object.prototype.hasOwnProperty.call(to, key)) binding(to, from, key);
};
exports.__importStar = (from) => {
  if (from && from.__esModule) return from;
  const to = {};
  if (from != null) for (const key of Object.getOwnPropertyNames(from)) if (key !== "default") binding(to, from, key);
  exports.__setModuleDefault(to, from);
  return to;
};
exports.__importDefault = (from) => (from && from.__esModule ? from : { default: from });
`;

/** Of 690,000 characters, comments included, 147,000 go. */
const LEAST_LEFT_OUT = 100_000;

const unused = new RegExp(`[\\\\/]vscode-languageclient[\\\\/]lib[\\\\/]common[\\\\/](${UNUSED.join("|")})\\.js$`);

const unusedMessages = new RegExp(`[\\\\/]vscode-languageserver-protocol[\\\\/]lib[\\\\/]common[\\\\/]protocol\\.(${UNUSED_MESSAGES.join("|")})\\.js$`);

const PACKAGES = /[\\/]vscode-(languageclient|languageserver-(?:protocol|types|textdocument)|jsonrpc)[\\/]lib[\\/].*\.js$/;

/** Whether nothing of the package's file is in the bundle, but something of ours in its place. */
export const isReplaced = (file) => SEMVER_FILES.test(file);

/** A file of the packages as it goes into the bundle, as far as that can be told from the file alone. */
async function slimmed(file) {
  if (unused.test(file)) return path.basename(file) === "notebook.js" ? NOTEBOOK : "";
  if (unusedMessages.test(file)) return "";
  if (/[\\/]globPattern\.js$/.test(file)) return GLOBS;
  let contents = await readFile(file, "utf8");
  if (/vscode-languageclient[\\/]lib[\\/]common[\\/]client\.js$/.test(file)) contents = withoutUnused(contents);
  const helpers = [];
  contents = contents.replace(HELPERS, (_, name) => (helpers.push(name), ""));
  return helpers.length === 0 ? contents : `const {${helpers.join(", ")}} = require("slim:helpers");\n${contents}`;
}

function plugin(contentsOf) {
  return {
    name: "slim language client",
    setup(build) {
      build.onResolve({ filter: /^slim:helpers$/ }, () => ({ path: "helpers", namespace: "slim" }));
      build.onLoad({ filter: /.*/, namespace: "slim" }, () => ({ contents: SHARED }));
      build.onLoad({ filter: SEMVER_FILES }, ({ path: file }) => ({
        contents: SEMVER[path.basename(file, ".js")],
      }));
      build.onLoad({ filter: PACKAGES }, async ({ path: file }) => ({ contents: await contentsOf(file) }));
    },
  };
}

/** Bundles twice: once to learn what there is, then without what none of it mentions. Takes and answers what esbuild's `build` does. */
export async function buildSlim(options) {
  const { metafile } = await build({ ...options, plugins: [plugin(slimmed)], write: false, metafile: true });
  const files = new Map();
  const others = [SHARED, ...Object.values(SEMVER)];
  for (const name of Object.keys(metafile.inputs).filter((input) => !input.startsWith("slim:"))) {
    const file = path.resolve(options.absWorkingDir, name);
    if (PACKAGES.test(file)) files.set(file, await slimmed(file));
    else others.push(await readFile(file, "utf8"));
  }
  const left = withoutUnmentioned(files, others);
  const [before, after] = [files, left].map((texts) => [...texts.values()].join("").length);
  if (before - after < LEAST_LEFT_OUT) {
    const told = `only ${before - after} characters of the language client are left out`;
    throw new Error(`${told}: its files are written differently, look at scripts/shake.mjs`);
  }
  return build({ ...options, plugins: [plugin((file) => left.get(file) ?? slimmed(file))] });
}

/** The client without registering the unused parts. Fails when another version of it is written differently. */
function withoutUnused(text) {
  const registered = new Set();
  const without = text.replace(/^\s*this\.registerFeature\(new (\w+)_1\.\w+\(this\)\);$/gm, (line, part) => {
    if (!UNUSED.includes(part)) return line;
    registered.add(part);
    return part === "notebook" ? line : "";
  });
  const missed = UNUSED.filter((part) => !registered.has(part));
  if (missed.length > 0) throw new Error(`the language client no longer registers ${missed.join(", ")} as expected: look at scripts/slim.mjs`);
  return without;
}
