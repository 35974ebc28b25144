import assert from "node:assert/strict";
import test from "node:test";

import { RoomLog } from "../../static/js/log/room_log.js";
import { events, message, messages } from "./samples.js";

/** @param {RoomLog} log */
const seqs = (log) => log.messages.map(({ seq }) => seq);

/**
 * A log after its first frame.
 *
 * @param {number} first
 * @param {number} last
 */
function logOf(first, last) {
  const log = new RoomLog();
  log.apply(events(messages(first, last), { reset: true, more: first > 1 }));
  return log;
}

test("a new log has no position to resume from", () => {
  const log = new RoomLog();
  assert.equal(log.isKnown, false);
  assert.deepEqual(log.position, {});
});

test("a reset gives position and range", () => {
  const log = logOf(11, 60);
  assert.deepEqual(log.position, { epoch: "e1", version: 60 });
  assert.deepEqual([log.first, log.last, log.end, log.hasEarlier, log.hasLater], [11, 60, 60, true, false]);
});

test("events add messages in the order of seq", () => {
  const log = logOf(1, 3);
  log.apply(events([message(5), message(4)], { since: 3 }));
  assert.deepEqual(seqs(log), [1, 2, 3, 4, 5]);
  assert.deepEqual(log.position, { epoch: "e1", version: 5 });
});

test("a message with the same or an earlier version changes nothing", () => {
  const log = logOf(1, 3);
  assert.deepEqual(log.apply(events([message(3, { text: "again" })], { since: 3 })), []);
  assert.equal(log.get(3)?.text, "message 3");
});

test("a later version replaces the message", () => {
  const log = logOf(1, 3);
  const edited = message(2, { version: 9, text: "edited" });
  assert.deepEqual(log.apply(events([edited], { since: 3 })), [edited]);
  assert.equal(log.get(2), edited);
});

test("after a gap messages are taken in, and the version stays", () => {
  const log = logOf(1, 3);
  log.apply(events([message(9)], { since: 8 }));
  assert.equal(log.isStale, true);
  assert.deepEqual(seqs(log), [1, 2, 3, 9]);
  assert.deepEqual(log.position, { epoch: "e1", version: 3 });
});

test("once entered again, a stale log advances", () => {
  const log = logOf(1, 3);
  log.isStale = true;
  log.apply(events([message(4)], { since: 3 }));
  assert.equal(log.position.version, 3);
  log.isStale = false;
  log.apply(events([message(5)], { since: 3 }));
  assert.equal(log.position.version, 5);
});

test("another epoch forgets the log", () => {
  const log = logOf(1, 3);
  log.apply(events([message(1, { version: 1 })], { epoch: "e2", since: 0 }));
  assert.deepEqual(seqs(log), [1]);
  assert.deepEqual(log.position, { epoch: "e2", version: 1 });
});

test("a page of earlier messages extends the range", () => {
  const log = logOf(51, 60);
  log.expectPage("p1", { before: 51 });
  assert.equal(log.applyPage({ id: "p1", messages: messages(1, 50), more: false }), true);
  assert.deepEqual([log.first, log.last, log.hasEarlier], [1, 60, false]);
});

test("a page that was not requested last is ignored", () => {
  const log = logOf(51, 60);
  log.expectPage("p1", { before: 51 });
  log.expectPage("p2", { before: 51 });
  assert.equal(log.applyPage({ id: "p1", messages: messages(1, 50), more: false }), false);
  assert.equal(log.first, 51);
  assert.equal(log.isRequested("p2"), true);
});

test("a page for an end that has moved is dropped", () => {
  const log = logOf(51, 60);
  log.expectPage("p1", { before: 40 });
  assert.equal(log.applyPage({ id: "p1", messages: messages(30, 39), more: true }), true);
  assert.equal(log.first, 51);
});

test("a page around a message replaces the range, and later messages are known", () => {
  const log = logOf(651, 700);
  log.expectPage("p1", { around: 100 });
  log.applyPage({ id: "p1", messages: messages(75, 125), more: true });
  assert.deepEqual([log.first, log.last, log.end, log.hasLater], [75, 125, 700, true]);
});

test("new messages outside the range are left to their page", () => {
  const log = logOf(651, 700);
  log.expectPage("p1", { around: 100 });
  log.applyPage({ id: "p1", messages: messages(75, 125), more: true });
  assert.deepEqual(log.apply(events([message(701)], { since: 700 })), []);
  assert.equal(log.end, 701);
  assert.equal(log.last, 125);
});

test("a change that overtakes its page is not lost", () => {
  const log = logOf(51, 60);
  log.expectPage("p1", { before: 51 });
  log.apply(events([message(50, { version: 61, text: "edited" })], { since: 60 }));
  log.applyPage({ id: "p1", messages: messages(1, 50), more: false });
  assert.equal(log.get(50)?.text, "edited");
});

test("the newest page reaches the end of the log", () => {
  const log = logOf(651, 700);
  log.expectPage("p1", { around: 100 });
  log.applyPage({ id: "p1", messages: messages(75, 125), more: true });
  log.expectPage("p2", {});
  log.apply(events([message(701)], { since: 700 }));
  log.applyPage({ id: "p2", messages: messages(651, 700), more: true });
  assert.deepEqual([log.first, log.last, log.hasLater], [651, 701, false]);
});

test("too long a log is trimmed at the end that is not read", () => {
  const log = logOf(1, 351);
  log.trimOldest();
  assert.deepEqual([log.first, log.last, log.size, log.hasEarlier], [52, 351, 300, true]);
  const other = logOf(1, 351);
  other.trimNewest();
  assert.deepEqual([other.first, other.last, other.end, other.hasLater], [1, 300, 351, true]);
});

test("a log within its slack is not trimmed", () => {
  const log = logOf(1, 350);
  log.trimOldest();
  log.trimNewest();
  assert.equal(log.size, 350);
});
