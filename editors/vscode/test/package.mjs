// The package that is tested: the one that `npm run package` made, or TICKMARK_VSIX.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const build = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build");

/** Its path. Fails when there is none, or several. */
export async function vsix() {
  if (process.env.TICKMARK_VSIX) return process.env.TICKMARK_VSIX;
  const found = (await readdir(build)).filter((name) => name.endsWith(".vsix"));
  if (found.length !== 1) throw new Error(`there are ${found.length} packages in ${build}: run \`npm run package\` once`);
  return path.join(build, found[0]);
}
