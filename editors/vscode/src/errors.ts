// What errors say.

/** The text of an error. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the server does not know the model any more: it was restarted. */
export function isUnknownModel(error: unknown): boolean {
  return (error as { data?: { kind?: unknown } } | null)?.data?.kind === "unknownModel";
}
