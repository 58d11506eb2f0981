// Writes what package.json takes from elsewhere: the settings from the server's schemas, languages and grammars from
// syntaxes/package.json. `--check` writes nothing and fails when package.json differs. Run by `cargo xtask codegen`.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const file = path.join(root, "package.json");
const read = (name) => JSON.parse(readFileSync(path.join(root, name), "utf8"));

const text = readFileSync(file, "utf8");
const manifest = JSON.parse(text);
const [own] = manifest.contributes.configuration;
for (const [name, { markdownDescription }] of Object.entries(own.properties)) told(name, markdownDescription);
manifest.contributes.configuration = [
  own,
  group("What is shown", read("../../server/schemas/editor.schema.json"), 1, "resource"),
  group("Measuring", read("../../server/schemas/config.schema.json"), 2, "resource"),
];
const syntaxes = read("../../syntaxes/package.json").contributes;
manifest.contributes.languages = syntaxes.languages;
manifest.contributes.grammars = syntaxes.grammars.map((grammar) => ({ ...grammar, path: `./syntaxes/${path.basename(grammar.path)}` }));
const restricted = Object.keys(manifest.contributes.configuration[2].properties);
manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = ["tickmark.server.path", ...restricted];

const wanted = `${JSON.stringify(manifest, null, 2)}\n`;
if (wanted !== text) {
  if (process.argv.includes("--check")) {
    console.error("editors/vscode/package.json is not what the server's schemas and syntaxes/ make of it: run `cargo xtask codegen`");
    process.exit(1);
  }
  writeFileSync(file, wanted);
  console.log("wrote editors/vscode/package.json");
}

/** One group of the settings page, in the schema's order. Objects with known keys become one setting per key. */
function group(title, schema, order, scope) {
  const properties = {};
  for (const [key, value] of Object.entries(schema.properties)) {
    if (key === "$schema") continue;
    const known = value.properties && !value.additionalProperties ? Object.entries(value.properties) : undefined;
    for (const [name, setting] of known?.map(([inner, each]) => [`${key}.${inner}`, each]) ?? [[key, value]]) {
      const { description, ...rest } = resolve(setting, schema);
      told(name, description);
      const byDefault = "default" in setting ? {} : { default: empty(setting) };
      properties[`tickmark.${name}`] = { order: Object.keys(properties).length, markdownDescription: description, ...rest, scope, ...byDefault };
    }
  }
  return { title, order, properties };
}

/** The settings page shows each text alone: none may lean on what is around it in the schema, such as “this file”. */
function told(name, text) {
  if (!/^[A-Z].{20,}\.$/.test(text) || /\bthis file\b/.test(text)) throw new Error(`${name}: “${text}” is no sentence that can stand alone`);
}

/** Without `$ref`s, which package.json cannot have, and with the texts of choices as VS Code calls them. */
function resolve(schema, whole) {
  if (Array.isArray(schema)) return schema.map((each) => resolve(each, whole));
  if (schema === null || typeof schema !== "object") return schema;
  if (typeof schema.$ref === "string") return resolve(whole.$defs[schema.$ref.replace("#/$defs/", "")], whole);
  const { enumDescriptions: told, enum: choices } = schema;
  if (choices && told?.length !== choices.length) throw new Error(`${schema.description ?? "items"}: each of ${choices.join(", ")} wants a text`);
  const name = (key) => (key === "enumDescriptions" ? "markdownEnumDescriptions" : key);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [name(key), resolve(value, whole)]));
}

function empty({ type }) {
  if (type === "array") return [];
  if (type === "object") return {};
  if (Array.isArray(type) && type.includes("null")) return null;
  throw new Error(`a setting of type ${type} has no default`);
}
