// A headless Chromium with its own profile folder, for the tests and the bench.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Runs `use(context)`; closes the browser and removes its folder in every case. */
export async function withChromium(options, use) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-webview-"));
  try {
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      headless: true,
      args: ARGS,
      ...options,
    });
    try {
      return await use(context);
    } finally {
      await context.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
