// Runs every `*.host.cjs` of this folder inside VS Code's extension host, one test after the other in the order of the files' names, and
// writes a line of JSON about each into TICKMARK_HOST_REPORT.
const { appendFileSync, readdirSync } = require("node:fs");
const path = require("node:path");

exports.run = async function run() {
  const report = process.env.TICKMARK_HOST_REPORT;
  let failed = 0;
  for (const file of readdirSync(__dirname).filter((name) => name.endsWith(".host.cjs")).sort()) {
    for (const [name, test] of Object.entries(require(path.join(__dirname, file)))) {
      const start = performance.now();
      let error;
      try {
        await test();
      } catch (thrown) {
        failed += 1;
        error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      }
      appendFileSync(report, `${JSON.stringify({ file, name, error, ms: Math.round(performance.now() - start) })}\n`);
    }
  }
  if (failed > 0) throw new Error(`${failed} tests failed`);
};
