// Where the server's program is.
import { accessSync, chmodSync, constants, existsSync, statSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** The server's program, or why there is none. */
export type Found = { path: string; from: "setting" | "bundled" | "PATH" } | { problem: string };

/** The file of the program on a platform, as Node names it. */
export function programName(platform: string): string {
  return platform === "win32" ? "tickmark.exe" : "tickmark";
}

const NAME = programName(process.platform);

/** The setting goes first and is never passed over silently; then the one in this extension; then PATH. */
export function findServer(setting: string, extension: string): Found {
  if (setting.trim() !== "") {
    const wanted = setting.trim().replace(/^~(?=$|[\\/])/, os.homedir());
    if (!path.isAbsolute(wanted)) {
      return { problem: `the setting tickmark.server.path is ${setting}: write an absolute path` };
    }
    return isProgram(wanted)
      ? { path: wanted, from: "setting" }
      : { problem: `the setting tickmark.server.path is ${setting}, which is ${existsSync(wanted) ? "not executable" : "no file"}` };
  }
  const bundled = path.join(extension, "server", NAME);
  if (existsSync(bundled)) {
    // Not every way of unpacking an extension keeps the bit.
    if (!isProgram(bundled)) {
      try {
        chmodSync(bundled, 0o755);
      } catch (error) {
        return { problem: `${bundled} is not executable: ${String(error)}` };
      }
    }
    return { path: bundled, from: "bundled" };
  }
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, NAME);
    if (path.isAbsolute(folder) && isProgram(candidate)) {
      return { path: candidate, from: "PATH" };
    }
  }
  return { problem: `this extension holds no server, and there is no ${NAME} on PATH: set tickmark.server.path` };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
