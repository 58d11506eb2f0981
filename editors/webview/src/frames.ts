import type { Profile } from "./read";
import type { SourcePosition } from "./types";

/** Controls and bidirectional overrides would let a name garble the text around it. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\u00b7");
}

/** The function's name as shown; the root's for -1. */
export function frameName(profile: Profile, frame: number): string {
  if (frame < 0) return "all";
  return printable(profile.strings[profile.frameName[frame]]) || "(anonymous)";
}

/** The source's file, or its URL when it has none; empty when there is no source. */
export function sourceName(profile: Profile, source: number): string {
  if (source < 0) return "";
  const path = profile.sourcePath[source];
  const at = path >= 0 ? path : profile.sourceUrl[source];
  return at >= 0 ? profile.strings[at] : "";
}

export function framePath(profile: Profile, frame: number): string {
  return frame < 0 ? "" : sourceName(profile, profile.frameSource[frame]);
}

/** `path:line:column`, as far as known. */
export function frameLocation(profile: Profile, frame: number): string {
  const path = framePath(profile, frame);
  return path && printable(path) + suffix(profile.frameLine[frame], profile.frameColumn[frame]);
}

/** `file:line` for a label. */
export function shortLocation(profile: Profile, frame: number): string {
  const path = framePath(profile, frame);
  if (!path) return "";
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path;
  return printable(name) + suffix(profile.frameLine[frame], 0);
}

/** Where to open the frame's source, or null when it has no file on disk. */
export function framePosition(profile: Profile, frame: number): SourcePosition | null {
  if (frame < 0) return null;
  const source = profile.frameSource[frame];
  if (source < 0 || profile.sourcePath[source] < 0) return null;
  return {
    path: absolutePath(profile, profile.strings[profile.sourcePath[source]]),
    line: Math.max(profile.frameLine[frame], 1),
    column: Math.max(profile.frameColumn[frame], 1),
  };
}

export function absolutePath(profile: Profile, path: string): string {
  const root = profile.meta.root;
  if (!root || /^([/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  return `${root.replace(/[/\\]$/, "")}/${path}`;
}

/** `vscode://file/…` for an absolute path, null for a relative one: it would open nothing. */
export function editorLink(position: SourcePosition): string | null {
  const path = position.path.replace(/\\/g, "/");
  if (!/^(\/|[A-Za-z]:\/)/.test(path)) return null;
  const encoded = path.split("/").map((part, i) => (i === 0 && part.endsWith(":") ? part : encodeURIComponent(part)));
  return `vscode://file/${encoded.join("/").replace(/^\//, "")}:${position.line}:${position.column}`;
}

function suffix(line: number, column: number): string {
  return line ? `:${line}${column ? `:${column}` : ""}` : "";
}
