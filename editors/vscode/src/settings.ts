// The settings as the server is to see them.
import * as vscode from "vscode";

/**
 * Only what the user has set: defaults are the server's own, and a default sent as a setting would go
 * before what the project's tickmark.json says.
 */
export function explicitSettings(keys: string[], scope?: vscode.Uri): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("tickmark", scope);
  const section: Record<string, unknown> = {};
  for (const key of keys) {
    const found = configuration.inspect(key);
    const isSet = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
    const value = configuration.get<unknown>(key);
    if (isSet && value !== null && value !== undefined) {
      put(section, key.split("."), value);
    }
  }
  return section;
}

function put(into: Record<string, unknown>, names: string[], value: unknown): void {
  const [first, ...rest] = names;
  if (first === undefined) {
    return;
  }
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  put((into[first] ??= {}) as Record<string, unknown>, rest, value);
}

/** The keys below `tickmark.` that package.json contributes. */
export function contributedKeys(manifest: unknown): string[] {
  const { contributes } = manifest as { contributes: { configuration: { properties: Record<string, unknown> }[] } };
  return contributes.configuration.flatMap((group) => Object.keys(group.properties)).map((key) => key.replace(/^tickmark\./, ""));
}
