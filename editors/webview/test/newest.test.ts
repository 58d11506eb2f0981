import assert from "node:assert/strict";
import { test } from "node:test";
import { Newest } from "../src/newest";

/** Questions whose answers are given by hand. */
function byHand() {
  const asked: { question: string; answer(value: string): void; fail(error: Error): void }[] = [];
  const told: string[] = [];
  const newest = new Newest<string, string>(
    (question) => new Promise((answer, fail) => asked.push({ question, answer, fail })),
    {
      answer: (answer, question) => told.push(`${question}: ${answer}`),
      failed: (error, question) => told.push(`${question} failed: ${(error as Error).message}`),
      waiting: (isWaiting) => told.push(isWaiting ? "waits" : "waits no more"),
    },
  );
  return { asked, told, newest };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("one question on the way; of those asked meanwhile the newest is next", async () => {
  const { asked, told, newest } = byHand();
  for (const question of ["a", "b", "c"]) newest.request(question);
  assert.deepEqual(asked.map(({ question }) => question), ["a"]);
  asked[0].answer("1");
  await settled();
  assert.deepEqual(asked.map(({ question }) => question), ["a", "c"]);
  asked[1].answer("2");
  await settled();
  assert.deepEqual(told, ["waits", "waits no more", "waits", "waits no more", "c: 2"]);
});

test("a failure is told, unless something newer was asked", async () => {
  const { asked, told, newest } = byHand();
  newest.request("a");
  asked[0].fail(new Error("gone"));
  await settled();
  newest.request("b");
  newest.request("c");
  asked[1].fail(new Error("gone"));
  await settled();
  assert.deepEqual(told.filter((text) => text.includes("failed")), ["a failed: gone"]);
  assert.equal(asked[2].question, "c");
});

test("nothing is told after the question was taken back", async () => {
  const { asked, told, newest } = byHand();
  newest.request("a");
  newest.request("b");
  newest.cancel();
  asked[0].answer("1");
  await settled();
  assert.equal(asked.length, 1);
  assert.deepEqual(told, ["waits", "waits no more"]);
});

test("an answer that is there at once is told at once, a thrown error too", () => {
  const told: string[] = [];
  const newest = new Newest<number, number>(
    (n) => {
      if (n < 0) throw new Error("negative");
      return n * 2;
    },
    { answer: (answer) => told.push(String(answer)), failed: (error) => told.push((error as Error).message) },
  );
  newest.request(4);
  newest.request(-1);
  assert.deepEqual(told, ["8", "negative"]);
});
