// Files that others write again.
import * as vscode from "vscode";

/** A file that is being written is read when this has passed without another change. */
const REST_MS = 300;

/** Calls `changed` after a file was written. */
export function onFileChanged(file: vscode.Uri, changed: () => void): vscode.Disposable {
  // The folder is watched, since a name may hold what patterns mean something by.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.joinPath(file, ".."), "*"), false, false, true);
  let timer: NodeJS.Timeout | undefined;
  const written = (uri: vscode.Uri): void => {
    if (uri.fsPath === file.fsPath) {
      clearTimeout(timer);
      timer = setTimeout(changed, REST_MS);
    }
  };
  watcher.onDidChange(written);
  watcher.onDidCreate(written);
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watcher.dispose();
  });
}
