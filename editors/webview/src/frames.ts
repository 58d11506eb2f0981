import { nameOf, placeOf, positionOf, shortPlaceOf } from "./frame_info";
import type { Profile } from "./read";
import type { SourcePosition } from "./types";
import type { FrameInfo } from "./wire";

export { editorLink, printable } from "./frame_info";

/** A function of a profile that is in this page; its number is its row. Null for -1, the root. */
export function frameInfo(profile: Profile, frame: number): FrameInfo | null {
  if (frame < 0) return null;
  const source = profile.frameSource[frame];
  const isFile = source >= 0 && profile.sourcePath[source] >= 0;
  const path = sourceName(profile, source);
  return {
    id: frame,
    name: profile.strings[profile.frameName[frame]],
    path: isFile ? absolutePath(profile, path) : path,
    isFile,
    line: profile.frameLine[frame],
    column: profile.frameColumn[frame],
    category: profile.categories[profile.frameCategory[frame]],
  };
}

/** The function's name as shown; the root's for -1. */
export function frameName(profile: Profile, frame: number): string {
  return nameOf(frameInfo(profile, frame));
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
  return placeOf(frameInfo(profile, frame), profile.meta.root);
}

/** `file:line` for a label. */
export function shortLocation(profile: Profile, frame: number): string {
  return shortPlaceOf(frameInfo(profile, frame));
}

/** Where to open the frame's source, or null when it has no file on disk. */
export function framePosition(profile: Profile, frame: number): SourcePosition | null {
  return positionOf(frameInfo(profile, frame));
}

export function absolutePath(profile: Profile, path: string): string {
  const root = profile.meta.root;
  if (!root || /^([/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  return `${root.replace(/[/\\]$/, "")}/${path}`;
}
