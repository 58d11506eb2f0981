// Made-up load tests, as `tickmark load --format json` prints them.

/** A repeatable stream of numbers in 0..1 (mulberry32). */
function randomStream(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** To three significant digits, as the histograms of the generator keep durations. */
const rounded = (us) => Number(us.toPrecision(3));

function distribution(latencies) {
  const counts = new Map();
  for (const us of latencies) counts.set(rounded(us), (counts.get(rounded(us)) ?? 0) + 1);
  return [...counts].sort((a, b) => a[0] - b[0]);
}

function percentiles(latencies) {
  if (!latencies.length) return null;
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share) => rounded(sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? sorted[0]) / 1000;
  return { min: sorted[0] / 1000, mean: latencies.reduce((sum, us) => sum + us, 0) / latencies.length / 1000, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) / 1000 };
}

/**
 * A run of `seconds` with about `rate` requests/s of about `medianUs`. `openLoop` with a stall of `stallMs` in the middle, in which
 * requests that are due wait; `failing` is the share of requests that fail.
 */
export function sampleLoad({ seed = 1, rate = 4000, seconds = 6, medianUs = 900, openLoop = false, stallMs = 0, failing = 0, sliceMs = 250, ...more } = {}) {
  const random = randomStream(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const durationMs = seconds * 1000;
  const stallAt = durationMs / 2;
  const slices = Array.from({ length: Math.ceil(durationMs / sliceMs) }, (_, i) => ({ startMs: i * sliceMs, durationMs: Math.min(sliceMs, durationMs - i * sliceMs), done: [], failed: 0 }));
  const latencies = [];
  const services = [];
  let failed = 0;
  const sent = Math.round(rate * seconds);
  for (let i = 0; i < sent; i++) {
    const dueMs = (i / sent) * durationMs;
    const serviceUs = medianUs * Math.exp(0.28 * normal()) * (random() < 0.02 ? 4 + 6 * random() : 1);
    const isStalled = dueMs >= stallAt && dueMs < stallAt + stallMs;
    if (isStalled && !openLoop) continue;
    const latencyUs = serviceUs + (isStalled ? (stallAt + stallMs - dueMs) * 1000 : 0);
    const endMs = dueMs + latencyUs / 1000;
    const slice = slices[Math.min(Math.floor(endMs / sliceMs), slices.length - 1)];
    if (random() < failing) {
      failed++;
      slice.failed++;
      continue;
    }
    slice.done.push(latencyUs);
    latencies.push(latencyUs);
    services.push(serviceUs);
  }
  const completed = latencies.length;
  return {
    schema: "tickmark/load@1",
    requestsPerSecond: completed / seconds,
    latencyMs: percentiles(latencies),
    latencyCounts: distribution(latencies),
    serviceMs: openLoop ? percentiles(services) : null,
    serviceCounts: openLoop ? distribution(services) : [],
    openLoop,
    protocol: "HTTP/1.1",
    inFlight: 1,
    interrupted: false,
    sent: completed + failed + 3,
    completed,
    failed,
    unfinished: 3,
    retried: 0,
    statuses: failed ? { 200: completed, 500: failed } : { 200: completed },
    errors: failed ? { status: failed } : {},
    clientLimited: false,
    requestedRate: openLoop ? rate : null,
    waited: openLoop && stallMs ? Math.round((rate * stallMs) / 1000) : 0,
    achievedRate: (completed + failed + 3) / seconds,
    durationMs,
    connections: 10,
    connects: 10,
    connectMs: { mean: 0.21, p50: 0.18, p99: 0.42, max: 0.42 },
    tlsMs: null,
    receivedBytes: completed * 11243,
    generator: { threads: 1, cpuMs: completed * 0.009, cpuShare: (completed * 0.009) / durationMs, busyShare: 0.21, cpuUsPerRequest: 9.04, waitingShare: 0.013, lagMs: { mean: 0.08, max: 1.9 } },
    machine: { processors: 8, busyShare: 0.31 },
    failures: failed
      ? [
          { atMs: 12.4, kind: "status", status: 500, message: "status 500, expected 2xx", body: "<!doctype html><title>Error</title><script>window.broken=1</script>\nError: connection pool exhausted\n    at Pool.take (/srv/shop/src/pool.js:41:11)" },
          { atMs: 19.8, kind: "status", status: 500, message: "status 500, expected 2xx", body: "" },
        ]
      : [],
    slices: slices.map(({ startMs, durationMs, done, failed }) => {
      const figures = percentiles(done);
      return { startMs, durationMs, completed: done.length, failed, meanUs: figures && figures.mean * 1000, p50Us: figures && figures.p50 * 1000, p99Us: figures && figures.p99 * 1000 };
    }),
    ...more,
  };
}

export const ENVIRONMENT = {
  node: "24.11.1",
  v8: "13.6.233.10-node.28",
  flags: ["--max-old-space-size=4096"],
  nodeEnv: null,
  commit: "11362f1c0b8f5a3f9a4f0f4d1b6d8f3e2a7c9b10",
  dirty: true,
  os: "linux",
  arch: "x86_64",
  cpuModel: "AMD EPYC 7763 64-Core Processor",
  cpus: 8,
  governor: "performance",
  loadAverage: 0.42,
};

/** A comparison in turns: B takes `factor` of A's time. */
export function sampleVersus({ rounds = 7, factor = 0.9 } = {}) {
  const made = Array.from({ length: rounds }, (_, round) =>
    [1, factor].map((by, side) => {
      const drift = 1 + 0.03 * Math.sin(round * 2 + side);
      return sampleLoad({ seed: 10 * round + side + 1, seconds: 2, medianUs: 900 * by * drift, rate: 4000 / by / drift });
    }),
  );
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const side = (i, of) => median(made.map((round) => of(round[i])));
  const throughput = (load) => load.requestsPerSecond;
  const p50 = (load) => load.latencyMs.p50;
  const figure = (name, of, ratio, interval, verdict) => ({ figure: name, a: side(0, of), b: side(1, of), ratio, interval, verdict });
  return {
    a: { label: "main~1", commit: "8217980c0b8f5a3f9a4f0f4d1b6d8f3e2a7c9b10", nodeEnv: "production" },
    b: { label: "working tree", commit: "11362f1c0b8f5a3f9a4f0f4d1b6d8f3e2a7c9b10", nodeEnv: "production" },
    rounds: made,
    serverCpuUs: made.map((_, round) => [212 + 4 * Math.sin(round), 211 + 4 * Math.cos(round)]),
    figures: [
      figure("requestsPerSecond", throughput, 1 / factor, [1 / factor - 0.03, 1 / factor + 0.03], "better"),
      figure("p50Ms", p50, factor, [factor - 0.02, factor + 0.02], "better"),
      { figure: "serverCpuUs", a: 212, b: 211, ratio: 0.995, interval: [0.97, 1.02], verdict: "noDifferenceShown" },
    ],
    notes: [],
  };
}
