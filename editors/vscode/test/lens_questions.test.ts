import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { LensQuestions } from "../src/lens_questions";

/** After a change, with one editor per name in `onScreen`: how often VS Code is told again within `ms`, when each of `asked` was asked. */
function toldAgain(onScreen: string[], asked: string[], ms: number): number {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let told = 0;
    const questions = new LensQuestions(() => onScreen, () => told++);
    questions.changed();
    asked.forEach((text) => questions.asked(text));
    for (let passed = 0; passed < ms; passed += 100) {
      mock.timers.tick(100);
    }
    return told;
  } finally {
    mock.timers.reset();
  }
}

test("nothing more is said when every text was asked for", () => {
  assert.equal(toldAgain([], [], 60_000), 0);
  assert.equal(toldAgain(["a", "b"], ["b", "a"], 60_000), 0);
  assert.equal(toldAgain(["a", "a"], ["a", "a"], 60_000), 0, "two editors of one text");
});

test("a question that did not come is asked for again, later and later, and not for ever", () => {
  assert.equal(toldAgain(["a"], [], 700), 0);
  assert.equal(toldAgain(["a"], [], 1000), 1);
  assert.equal(toldAgain(["a"], [], 2000), 1);
  assert.equal(toldAgain(["a"], [], 3000), 2);
  assert.equal(toldAgain(["a"], [], 600_000), 5);
  assert.equal(toldAgain(["a", "b"], ["a"], 1000), 1);
  assert.equal(toldAgain(["a", "a"], ["a"], 1000), 1, "one of two editors of one text has not asked");
});

test("a late question ends it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let told = 0;
    const questions = new LensQuestions(() => ["a"], () => told++);
    questions.changed();
    mock.timers.tick(1000);
    questions.asked("a");
    mock.timers.tick(60_000);
    assert.equal(told, 1);
  } finally {
    mock.timers.reset();
  }
});

test("a text that is on the screen no more needs no question", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let told = 0;
    let onScreen = ["a"];
    const questions = new LensQuestions(() => onScreen, () => told++);
    questions.changed();
    onScreen = ["b"];
    mock.timers.tick(60_000);
    questions.changed();
    questions.clear();
    mock.timers.tick(60_000);
    assert.equal(told, 0);
  } finally {
    mock.timers.reset();
  }
});
