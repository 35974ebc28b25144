import assert from "node:assert/strict";
import test, { afterEach, beforeEach, mock } from "node:test";

import { Outbox } from "../../static/js/composer/outbox.js";

/** @import { OutboxEntry } from "../../static/js/composer/outbox.js" */
/** @import { SayFrame } from "../../static/js/transport/frames.d.ts" */

class MemoryStorage {
  /** @type {OutboxEntry[]} */
  saved = [];
  /** @type {(entries: OutboxEntry[]) => void} */
  take = () => {};

  /** @param {OutboxEntry[]} entries */
  save(entries) {
    this.saved = entries.map((entry) => ({ ...entry }));
  }

  /** @param {(entries: OutboxEntry[]) => void} take */
  watch(take) {
    this.take = take;
  }
}

/** @type {SayFrame[]} */
let sent = [];
let isOnline = true;
let storage = new MemoryStorage();

function newOutbox() {
  return new Outbox(storage, (frame) => {
    if (isOnline) sent.push(frame);
    return isOnline;
  });
}

const texts = () => sent.map(({ text }) => text);

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  sent = [];
  isOnline = true;
  storage = new MemoryStorage();
});
afterEach(() => mock.timers.reset());

test("one frame is in flight at a time", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  assert.deepEqual(texts(), ["one"]);
  outbox.acknowledge(sent[0].id);
  assert.deepEqual(texts(), ["one", "two"]);
});

test("an entry without a room is sent to the joined one", () => {
  newOutbox().add("one", null);
  assert.equal("room" in sent[0], false);
});

test("entries are kept in storage until they are acknowledged", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  assert.deepEqual(storage.saved.map(({ text }) => text), ["one", "two"]);
  outbox.acknowledge(sent[0].id);
  assert.deepEqual(storage.saved.map(({ text }) => text), ["two"]);
  assert.deepEqual(outbox.entries.map(({ state }) => state), ["sent", "pending"]);
});

test("an acknowledged entry stays until its event comes", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  const { id } = sent[0];
  outbox.removeStored(new Set([id]));
  assert.equal(outbox.entries.length, 1);
  outbox.acknowledge(id);
  outbox.removeStored(new Set([id]));
  assert.deepEqual(outbox.entries, []);
});

test("an unanswered frame is sent again with the same id", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  mock.timers.tick(10_000);
  assert.equal(sent.length, 2);
  assert.equal(sent[0].id, sent[1].id);
  outbox.acknowledge(sent[0].id);
  mock.timers.tick(60_000);
  assert.equal(sent.length, 2);
});

test("a new connection sends the frame in flight again", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.pause();
  outbox.restart();
  assert.deepEqual(sent.map(({ id }) => id), [sent[0].id, sent[0].id]);
});

test("offline entries are sent in order once there is a connection", () => {
  isOnline = false;
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  assert.deepEqual(texts(), []);
  isOnline = true;
  outbox.restart();
  outbox.acknowledge(sent[0].id);
  assert.deepEqual(texts(), ["one", "two"]);
});

test("a refused frame is sent again before the next one", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  assert.equal(outbox.onError({ id: sent[0].id, code: "slow_down", text: "…", retry_after: 0.5 }), true);
  mock.timers.tick(499);
  assert.deepEqual(texts(), ["one"]);
  mock.timers.tick(1);
  assert.deepEqual(texts(), ["one", "one"]);
});

test("slow mode holds back its own room only, and no commands", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  outbox.add("elsewhere", 8);
  outbox.add("#help", 7);
  outbox.onError({ id: sent[0].id, code: "slow_down", text: "…", retry_after: 30 });
  assert.deepEqual(texts(), ["one", "elsewhere"]);
  outbox.acknowledge(sent[1].id);
  assert.deepEqual(texts(), ["one", "elsewhere", "#help"]);
  outbox.remove(sent[2].id);
  mock.timers.tick(30_000);
  assert.deepEqual(texts(), ["one", "elsewhere", "#help", "one"]);
});

test("any other error fails the entry, and the next one is sent", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  outbox.add("two", 7);
  outbox.onError({ id: sent[0].id, code: "muted", text: "You are muted." });
  const states = outbox.entries.map(({ state, error }) => [state, error]);
  assert.deepEqual(states, [["failed", "You are muted."], ["pending", null]]);
  assert.deepEqual(texts(), ["one", "two"]);
});

test("a failed entry is sent again or removed at the person's wish", () => {
  const outbox = newOutbox();
  outbox.add("one", 7);
  const { id } = sent[0];
  outbox.onError({ id, code: "muted", text: "…" });
  outbox.retry(id);
  assert.equal(sent.length, 2);
  assert.equal(outbox.remove(id), true);
  assert.deepEqual(outbox.entries, []);
  assert.equal(outbox.remove(id), false);
});

test("errors of other frames are not the outbox's", () => {
  const outbox = newOutbox();
  assert.equal(outbox.onError({ id: "other", code: "muted", text: "…" }), false);
  assert.equal(outbox.onError({ id: null, code: "internal", text: "…" }), false);
});

test("entries of closed tabs are sent, in the order of writing", () => {
  const outbox = newOutbox();
  isOnline = false;
  outbox.add("later", 7);
  storage.take([{ id: "a", text: "earlier", room: 7, at: 1, state: "pending", error: null }]);
  assert.deepEqual(outbox.entries.map(({ text }) => text), ["earlier", "later"]);
});

test("adopted commands wait for a confirmation, private messages do not", () => {
  const outbox = newOutbox();
  const left = ["#exit", "#dR <Chess>", "#\\private<bob> hello", "##text", "# heading"];
  storage.take(left.map((text, at) => ({ id: text, text, room: 7, at, state: "pending", error: null })));
  const pending = outbox.entries.filter(({ state }) => state === "pending").map(({ text }) => text);
  assert.deepEqual(pending, ["#\\private<bob> hello", "##text", "# heading"]);
});
