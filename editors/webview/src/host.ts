import type { SourcePosition, TickmarkHost } from "./types";

declare global {
  interface Window {
    tickmarkHost?: TickmarkHost;
    acquireVsCodeApi?: () => { postMessage(message: unknown): void };
  }
}

/**
 * How to open a source file: through the page's `tickmarkHost`, through VS Code's webview
 * messages (`{ type: "openSource", path, line, column }`), or null outside an editor.
 */
export function sourceOpener(): ((position: SourcePosition) => void) | null {
  if (!window.tickmarkHost && window.acquireVsCodeApi) {
    const api = window.acquireVsCodeApi();
    window.tickmarkHost = { openSource: (position) => api.postMessage({ type: "openSource", ...position }) };
  }
  return window.tickmarkHost ? (position) => window.tickmarkHost?.openSource(position) : null;
}
