// A benchmark in VS Code: lens, status bar, list of runs, baseline and report.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { vsix as packaged } from "./package.mjs";
import { withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/e2e");
const vsix = await packaged();
const MEASURED_MS = 90_000;

test("a route is benchmarked, made the baseline, and its report opened", { timeout: 200_000 }, async () => {
  await withProject((folder) =>
    withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "benchmark") }, async (bench) => {
      const { page } = bench;
      const stored = async () => (await readdir(path.join(folder, ".tickmark/runs")).catch(() => [])).filter((name) => /^\d{8}-/.test(name));

      await step("nothing is offered that needs a benchmark", async () => {
        await bench.lens("server.js", "Benchmark GET /hello").waitFor();
        const offered = (await bench.offered("Tickmark:")).join("\n");
        assert.match(offered, /Benchmark Route at Cursor/);
        assert.doesNotMatch(offered, /Show Report|Verify Route|as Baseline/);
      });

      await step("a click on the lens puts the result there and in the status bar", async () => {
        await bench.lens("server.js", "Benchmark GET /hello").click();
        const bar = page.locator(".notifications-toasts .notification-list-item", { hasText: "Benchmarking GET /hello" });
        await bar.waitFor();
        await bar.waitFor({ state: "detached", timeout: MEASURED_MS });
        await bench.lens("server.js", /^Benchmark GET \/hello · .*req\/s · p50/).waitFor();
        await bench.status.filter({ hasText: /GET \/hello · .*req\/s · p50/ }).waitFor();
        assert.equal((await stored()).length, 1);
        await bench.screenshot("measured");
      });

      await step("it is the baseline, in the lens and in the list of runs", async () => {
        await bench.lens("server.js", "Set as baseline").click();
        await bench.lens("server.js", /Benchmark GET \/hello · .* · baseline ✓/).waitFor();
        await bench.showRuns();
        const label = () => bench.run("GET /hello").first().getAttribute("aria-label");
        await eventually(async () => /baseline, .*req\/s · p50 .* · benchmark/.test(await label()), "it is listed as baseline, with its figures");
        assert.doesNotMatch(await label(), /shown on the source lines/);
      });

      await step("its report opens from the palette", async () => {
        await bench.command("Tickmark: Show Report of Newest Benchmark");
        await bench.view.locator(".load").first().waitFor();
        await bench.view.getByText(/requests\/s/).first().waitFor();
        await bench.screenshot("report");
      });
    }),
  );
});
