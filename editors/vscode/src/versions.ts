// Whether the server and the extension understand each other.

/** A patch may differ. Another major or minor version may have other methods. */
export function match(own: string, its: string | undefined): "same" | "near" | "other" {
  if (own === its) {
    return "same";
  }
  const line = (version: string | undefined): string | undefined => /^(\d+\.\d+)\.\d+/.exec(version ?? "")?.[1];
  return line(own) !== undefined && line(own) === line(its) ? "near" : "other";
}
