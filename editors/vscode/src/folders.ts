// Which folder of the workspace something belongs to.
import * as path from "node:path";

export interface NamedFolder {
  name: string;
  /** Absolute. */
  path: string;
}

/** What to call the folder of a run among those of the workspace; undefined where there is no other. */
export function placeOf(folder: string | undefined, workspace: readonly NamedFolder[]): string | undefined {
  if (folder === undefined) {
    return undefined;
  }
  const known = workspace.find((each) => path.relative(each.path, folder) === "");
  if (known === undefined) {
    return path.basename(folder) || folder;
  }
  return workspace.length > 1 ? known.name : undefined;
}

/** Of what has a folder, that with the innermost one around a file. */
export function innermost<T extends { folder?: string }>(all: readonly T[], file: string): T | undefined {
  const holding = all.filter(({ folder }) => folder !== undefined && isInside(folder, file));
  return holding.reduce<T | undefined>((best, each) => (best && best.folder!.length >= each.folder!.length ? best : each), undefined);
}

function isInside(folder: string, file: string): boolean {
  const rest = path.relative(folder, file);
  return rest !== "" && rest !== ".." && !rest.startsWith(`..${path.sep}`) && !path.isAbsolute(rest);
}
