// What the user is asked for before a measurement, and told when one fails.
import * as vscode from "vscode";
import { message, missingParameters, type RouteParameters } from "./errors";
import { openAt } from "./open_at";
import type { RunChanged } from "./protocol";
import { describe } from "./run_labels";

/** Asks for a value of each; undefined when the user gave up. */
export async function askForParameters({ route, names }: RouteParameters): Promise<Record<string, string> | undefined> {
  const params: Record<string, string> = {};
  for (const name of names) {
    const value = await vscode.window.showInputBox({
      title: `Value of :${name} for ${route}`,
      prompt: "What requests are made with. It is kept in the project's settings, tickmark.json.",
      value: "1",
      ignoreFocusOut: true,
      validateInput: (text) => (text.trim() === "" ? "A request needs a value here." : undefined),
    });
    if (value === undefined) {
      return undefined;
    }
    params[name] = value.trim();
  }
  return params;
}

/**
 * Does a command of the server. Where a route wants values of its parameters, asks for them, has the server keep them, and goes on.
 * Whatever else is wrong is shown.
 */
export async function execute<T>(does: (args: unknown[]) => Promise<T>, args: unknown[]): Promise<T | undefined> {
  try {
    return await does(args);
  } catch (error) {
    const missing = missingParameters(error);
    if (missing === undefined) {
      void vscode.window.showErrorMessage(`Tickmark: ${message(error)}`);
      return undefined;
    }
    const params = await askForParameters(missing);
    const [first, ...rest] = args;
    return params && (await execute(does, [{ ...(first as object), params }, ...rest]));
  }
}

/** Tells in a sentence why a measurement failed. The whole is in the log. */
export async function tellFailure({ target, summary, message: whole, place }: RunChanged, log: vscode.LogOutputChannel): Promise<void> {
  const told = `Measuring ${describe(target)}: ${summary ?? whole ?? "it failed"}`;
  const chosen = await vscode.window.showErrorMessage(told, ...(place ? ["Go to Line"] : []), "Show Log");
  if (chosen === "Show Log") {
    log.show();
  } else if (chosen !== undefined && place) {
    await openAt(place.path, place.line, place.column);
  }
}
