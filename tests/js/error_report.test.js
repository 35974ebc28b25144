import assert from "node:assert/strict";
import test from "node:test";

import { describe, ReportLimit } from "../../static/js/lib/error_report.js";

const BASE = "https://chat.example.org/static/js/";

/**
 * @param {string} name
 * @param {string} stack
 */
function errorWith(name, stack) {
  return Object.assign(new Error("text of a message"), { name, stack });
}

test("places are read from the stacks of all browsers", () => {
  const chromium = `TypeError: text of a message\n    at fill (${BASE}messages/markup.0123456789ab.js:12:5)\n`;
  const others = `fill@${BASE}messages/markup.0123456789ab.js:12:5\n`;
  const report = { name: "TypeError", at: ["messages/markup.js:12:5"] };
  assert.deepEqual(describe(errorWith("TypeError", chromium), BASE), report);
  assert.deepEqual(describe(errorWith("TypeError", others), BASE), report);
});

test("the report has no message and no address of a page", () => {
  const stack = `Error: text of a message\n at ${BASE}app.js:1:2\n at https://chat.example.org/messages/bob/:3:4\n`;
  assert.deepEqual(describe(errorWith("Error", stack), BASE), { name: "Error", at: ["app.js:1:2"] });
});

test("errors of other scripts are not reported", () => {
  assert.equal(describe(errorWith("TypeError", "f@chrome-extension://abc/content.js:1:2"), BASE), null);
  assert.equal(describe("text of a message", BASE), null);
});

test("a place stands in for a missing stack", () => {
  const place = `${BASE}app.0123456789ab.js:7:1`;
  assert.deepEqual(describe(null, BASE, place), { name: "Error", at: ["app.js:7:1"] });
});

test("a name that is no identifier is replaced", () => {
  const stack = `at ${BASE}app.js:1:2`;
  assert.equal(describe(errorWith("text of a message", stack), BASE)?.name, "Error");
});

test("at most eight places are reported", () => {
  const stack = Array.from({ length: 30 }, (_, line) => `at ${BASE}app.js:${line}:1`).join("\n");
  assert.equal(describe(errorWith("Error", stack), BASE)?.at.length, 8);
});

test("each error is reported once", () => {
  const limit = new ReportLimit();
  assert.equal(limit.allows({ name: "Error", at: ["app.js:1:1"] }, 0), true);
  assert.equal(limit.allows({ name: "Error", at: ["app.js:1:1"] }, 120_000), false);
});

test("five errors a minute are reported", () => {
  const limit = new ReportLimit();
  const allowed = Array.from({ length: 7 }, (_, line) => limit.allows({ name: "Error", at: [`app.js:${line}:1`] }, 0));
  assert.deepEqual(allowed, [true, true, true, true, true, false, false]);
  assert.equal(limit.allows({ name: "Error", at: ["app.js:8:1"] }, 60_000), true);
});
