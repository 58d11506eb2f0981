import type { SourcePosition } from "./types";
import type { Category, FrameInfo } from "./wire";

/** Controls and bidirectional overrides would let a name garble the text around it. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\u00b7");
}

/** The function's name as shown; the root's for null. */
export function nameOf(frame: FrameInfo | null): string {
  return frame ? printable(frame.name) || "(anonymous)" : "all";
}

/** A path as shown: relative to `root` where it is below it. */
export function shownPath(path: string, root: string | null | undefined): string {
  const folder = root?.replace(/[/\\]$/, "");
  const below = folder && path.startsWith(folder) && /[/\\]/.test(path.charAt(folder.length));
  return printable(below ? path.slice(folder.length + 1) : path);
}

/** `path:line:column`, as far as known; empty without source. */
export function placeOf(frame: FrameInfo | null, root: string | null | undefined): string {
  if (!frame?.path) return "";
  return shownPath(frame.path, root) + suffix(frame.line, frame.column);
}

/** `file:line` for a label. */
export function shortPlaceOf(frame: FrameInfo | null): string {
  if (!frame?.path) return "";
  return fileName(frame.path) + suffix(frame.line, 0);
}

export function fileName(path: string): string {
  return printable(path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path);
}

/** Where to open the function's source, or null when it has no file on disk. */
export function positionOf(frame: FrameInfo | null): SourcePosition | null {
  if (!frame?.path || !frame.isFile) return null;
  return { path: frame.path, line: Math.max(frame.line, 1), column: Math.max(frame.column, 1) };
}

/** `vscode://file/…` for an absolute path, null for a relative one: it would open nothing. */
export function editorLink(position: SourcePosition): string | null {
  const path = position.path.replace(/\\/g, "/");
  if (!/^(\/|[A-Za-z]:\/)/.test(path)) return null;
  const encoded = path.split("/").map((part, i) => (i === 0 && part.endsWith(":") ? part : encodeURIComponent(part)));
  return `vscode://file/${encoded.join("/").replace(/^\//, "")}:${position.line}:${position.column}`;
}

/** The category's name for a person. */
export function categoryLabel(category: Category): string {
  return category === "nodeCore" ? "node core" : category;
}

function suffix(line: number, column: number): string {
  return line ? `:${line}${column ? `:${column}` : ""}` : "";
}
