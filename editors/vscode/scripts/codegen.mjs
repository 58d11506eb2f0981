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

/** One group of the settings page. Objects with known keys become one setting per key. */
function group(title, schema, order, scope) {
  const properties = {};
  for (const [key, value] of Object.entries(schema.properties)) {
    if (key === "$schema") continue;
    const known = value.properties && !value.additionalProperties ? Object.entries(value.properties) : undefined;
    for (const [name, setting] of known?.map(([inner, each]) => [`${key}.${inner}`, each]) ?? [[key, value]]) {
      properties[`tickmark.${name}`] = { ...resolve(setting, schema), scope, ...(scope && "default" in setting ? {} : { default: empty(setting) }) };
      const { description, ...rest } = properties[`tickmark.${name}`];
      properties[`tickmark.${name}`] = { markdownDescription: known ? `${value.description} ${description}` : description, ...rest };
    }
  }
  return { title, order, properties };
}

/** Without `$ref`s, which package.json cannot have. */
function resolve(schema, whole) {
  if (Array.isArray(schema)) return schema.map((each) => resolve(each, whole));
  if (schema === null || typeof schema !== "object") return schema;
  if (typeof schema.$ref === "string") return resolve(whole.$defs[schema.$ref.replace("#/$defs/", "")], whole);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolve(value, whole)]));
}

function empty({ type }) {
  if (type === "array") return [];
  if (type === "object") return {};
  if (Array.isArray(type) && type.includes("null")) return null;
  throw new Error(`a setting of type ${type} has no default`);
}
