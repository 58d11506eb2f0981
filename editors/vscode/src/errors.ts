// What errors say.

/** The text of an error. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a route cannot be requested without. */
export interface RouteParameters {
  kind: "routeParameters";
  /** `GET /users/:id`. */
  route: string;
  names: string[];
}

/** The parameters that the server wants values of; undefined for any other error. */
export function missingParameters(error: unknown): RouteParameters | undefined {
  const data = (error as { data?: Partial<RouteParameters> } | null)?.data;
  return data?.kind === "routeParameters" && typeof data.route === "string" && Array.isArray(data.names) ? (data as RouteParameters) : undefined;
}

/** Whether the server does not know the model any more: it was restarted. */
export function isUnknownModel(error: unknown): boolean {
  return (error as { data?: { kind?: unknown } } | null)?.data?.kind === "unknownModel";
}
