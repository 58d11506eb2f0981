import assert from "node:assert/strict";
import { test } from "node:test";
import type { Boxes, BoxesRequest } from "../../webview/src/wire";
import { FirstQuestions } from "../src/first_boxes";
import type { Opened } from "../src/protocol";

const opened = { model: "model-1", overview: { hasCpu: true, wholeUs: 12_000, idleUs: 0 } } as Opened;

const boxes = { width: 12_000 } as Boxes;
const answer = (): Promise<Boxes> => Promise.resolve(boxes);

test("the first question is for half as many pixels as a page asked for last", async () => {
  const questions = new FirstQuestions();
  const first = await questions.ask(opened, answer);
  assert.equal(first?.request.minWidth, 20);
  assert.equal(first.boxes, boxes);
  const whole: BoxesRequest = { ...first.request, minWidth: 6 };
  questions.asked(opened, { ...whole, order: "callees", minWidth: 1 });
  questions.asked(opened, { ...whole, to: 100, minWidth: 1 });
  assert.equal((await questions.ask(opened, answer))?.request.minWidth, 20);
  questions.asked(opened, whole);
  assert.equal((await questions.ask(opened, answer))?.request.minWidth, 12);
});

test("a server that does not answer leaves the question to the page", async () => {
  assert.equal(await new FirstQuestions().ask(opened, () => Promise.reject(new Error("no"))), null);
});
