import { h } from "../dom";
import { printable } from "../frame_info";
import { bytes, count, digits, duration, percent } from "../format";
import { figuresTable } from "./chart";
import type { ConnectMs, Environment, Load } from "./wire";

/** Kinds of failure in words, as server/crates/load/src/failure.rs names them. */
const KIND: Record<string, string> = {
  status: "unexpected status",
  bodyMismatch: "unexpected body",
  bodyTooLarge: "body too large",
  timeout: "no response in time",
  refused: "connection refused",
  connectTimeout: "connecting took too long",
  connect: "connection failed",
  tls: "TLS handshake failed",
  reset: "connection reset",
  closed: "closed without a response",
  truncated: "ended inside a response",
  invalidResponse: "not an HTTP response",
};

/** Statuses, failures by kind, and the first failures with their bodies. */
export function responses(load: Load): HTMLElement {
  const answered = load.statuses.reduce((sum, [, n]) => sum + n, 0);
  const shares = (rows: [string, number][], whole: number) => rows.map(([name, n]) => [name, count(n), percent(n, whole)]);
  return card(
    "Responses",
    load.statuses.length > 0 && figuresTable(["Status", "Responses", "Share"], shares(load.statuses, answered), "Responses by status"),
    load.errors.length > 0 && figuresTable(["Failure", "Requests", "Share"], shares(load.errors.map(([kind, n]) => [KIND[kind] ?? kind, n]), load.sent), "Failed requests by kind"),
    !load.statuses.length && !load.errors.length && h("p", { class: "hint" }, "No responses."),
    load.failures.length > 0 && h("h3", {}, load.failures.length === 1 ? "The first failure" : `The first ${count(load.failures.length)} failures`),
    ...load.failures.map(({ atMs, kind, status, message, body }, i) => {
      const text = message || (KIND[kind] ?? kind);
      const what = status === null || text.includes(String(status)) ? text : `status ${status}: ${text}`;
      const summary = h("summary", {}, h("span", { class: "amount" }, `${digits(atMs / 1000)} s `), printable(what));
      // The first one is what most want to see.
      return h("details", { class: "failure-sample", open: i === 0 && body !== "" }, summary, body ? h("pre", {}, body.split("\n").map(printable).join("\n")) : h("p", { class: "hint" }, "No body."));
    }),
  );
}

/** Requests and connections: the balance, and what making connections took. */
export function connections(load: Load): HTMLElement {
  const connected = ({ mean, p50, p99, max }: ConnectMs) => [mean, p50, p99, max].map((ms) => duration(ms * 1000));
  const times = [load.connectMs && ["TCP", ...connected(load.connectMs)], load.tlsMs && ["TLS handshake", ...connected(load.tlsMs)]].filter((row) => row !== null);
  const inFlight = load.inFlight > 1 ? `, ${count(load.inFlight)} requests in flight on each` : "";
  return card(
    "Requests and connections",
    facts([
      ["Sent", `${count(load.sent)} = ${count(load.completed)} completed + ${count(load.failed)} failed + ${count(load.unfinished)} unfinished`],
      ["Sent again", load.retried > 0 && `${count(load.retried)}, since the server had closed the idle connection`],
      ["Length", duration(load.durationMs * 1000)],
      ["Server CPU per request", load.serverCpuUs && serverCpu(load.serverCpuUs)],
      ["Received", load.receivedBytes > 0 && `${bytes(load.receivedBytes)} of bodies`],
      ["Protocol", load.protocol],
      ["Connections", `${count(load.connections)} at a time${inFlight}; ${count(load.connects)} made`],
    ]),
    times.length > 0 && figuresTable(["Connecting", "mean", "p50", "p99", "max"], times, "Time to connect, which no latency includes"),
  );
}

function serverCpu({ mean, sd }: { mean: number; sd: number | null }): string {
  return `${duration(mean)}${sd === null ? "" : `, standard deviation ${duration(sd)} over parts of the run`}`;
}

/** What the generator itself took, and whether it was in the way. */
export function generatorFacts({ generator, machine, openLoop }: Load): HTMLElement | null {
  if (!generator) return null;
  const { threads, cpuUsPerRequest, cpuShare, busyShare, waitingShare, lagMs } = generator;
  return card(
    "Load generator",
    facts([
      ["CPU per request", cpuUsPerRequest !== null && duration(cpuUsPerRequest)],
      ["Threads", count(threads)],
      ["CPU", cpuShare !== null && `${percent(cpuShare, 1)} of one core`],
      ["Busy", `${percent(busyShare, 1)} of the run, its busiest thread`],
      ["Waiting for a processor", waitingShare !== null && `${percent(waitingShare, 1)} of the run`],
      [openLoop ? "Sent late by itself" : "Timers late", `${duration(lagMs.mean * 1000)} on average, ${duration(lagMs.max * 1000)} at most`],
      ["This machine", machine && `${percent(machine.busyShare, 1)} of ${count(machine.processors)} ${machine.processors === 1 ? "processor" : "processors"} used, by everything`],
    ]),
  );
}

/** Where the result is from. */
export function environmentFacts(environment: Environment): HTMLElement | null {
  const { node, v8, flags, nodeEnv, commit, dirty, os, arch, cpuModel, cpus, governor, loadAverage } = environment;
  const known = facts([
    ["Node.js", node && [node, v8 && `V8 ${v8}`].filter(Boolean).join(", ")],
    ["Flags", flags && flags.length > 0 && flags.join(" ")],
    ["NODE_ENV", nodeEnv === null ? "not set" : nodeEnv],
    ["Commit", commit && `${commit.slice(0, 10)}${dirty ? ", with changes" : ""}`],
    ["Processor", cpuModel],
    ["Processors", cpus != null && count(cpus)],
    ["Governor", governor],
    ["Load average before", loadAverage != null && loadAverage.toFixed(2)],
    ["System", [os, arch].filter(Boolean).join(", ")],
  ]);
  return known.childElementCount ? card("Environment", known) : null;
}

function card(title: string, ...content: (HTMLElement | false | null)[]): HTMLElement {
  return h("section", { class: "load-card" }, h("h2", {}, title), ...content);
}

function facts(rows: [string, string | false | null | undefined][]): HTMLElement {
  return h("dl", { class: "load-facts" }, ...rows.flatMap(([name, value]) => (value ? [h("div", {}, h("dt", {}, name), h("dd", {}, value))] : [])));
}
