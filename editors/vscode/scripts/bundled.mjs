// Which npm packages are in the bundles, for the notices that `cargo xtask notices` makes.
import { build } from "esbuild";
import path from "node:path";
import { isReplaced } from "./slim.mjs";

/** Folders of the packages in these bundles, relative to `root`, sorted. `bundles` are esbuild's metafiles with their working folder. */
export function packagesIn(bundles, root) {
  const folders = new Set();
  for (const { metafile, folder } of bundles) {
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
        const [, of] = /^(.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(input) ?? [];
        if (of === undefined || bytesInOutput === 0 || isReplaced(input)) continue;
        folders.add(path.relative(root, path.resolve(folder, of)).replaceAll("\\", "/"));
      }
    }
  }
  return [...folders].sort();
}

/** What goes into the views' page, which is built in a folder of its own. */
export async function pageBundle(folder) {
  const entryPoints = ["src/main.ts", "src/report.css"];
  const { metafile } = await build({ absWorkingDir: folder, entryPoints, outdir: "dist", bundle: true, write: false, metafile: true });
  return { metafile, folder };
}
