import assert from "node:assert/strict";
import test, { afterEach, beforeEach, mock } from "node:test";

import { ReadMarkers } from "../../static/js/unread/read_markers.js";
import { ana, events, message, messages } from "./samples.js";

/** @import { ReadFrame } from "../../static/js/transport/frames.d.ts" */

/** @type {ReadFrame[]} */
let sent = [];
let isOnline = true;

function newMarkers() {
  return new ReadMarkers(ana, (frame) => {
    if (isOnline) sent.push(frame);
    return isOnline;
  });
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  sent = [];
  isOnline = true;
});
afterEach(() => mock.timers.reset());

test("unread is the difference of last and read seq", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 12, read_seq: 10 });
  assert.equal(markers.unread(7), 2);
  assert.equal(markers.readTo(7), 10);
});

test("a room never joined has nothing unread", () => {
  const markers = newMarkers();
  markers.onEvents(events(messages(1, 5)));
  assert.equal(markers.unread(7), 0);
  assert.equal(markers.readTo(7), null);
});

test("markers never fall", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 12, read_seq: 10 });
  markers.onUnread({ type: "unread", rooms: [{ room: 7, last_seq: 3, read_seq: 2 }] });
  assert.equal(markers.unread(7), 2);
  markers.onUnread({ type: "unread", rooms: [{ room: 7, read_seq: 12 }] });
  assert.equal(markers.unread(7), 0);
});

test("events raise the last seq", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 1, read_seq: 1 });
  markers.onEvents(events(messages(2, 4)));
  assert.equal(markers.unread(7), 3);
});

test("one's own message is read if everything before it was", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 1, read_seq: 1 });
  markers.onEvents(events([message(2, { author: ana })]));
  assert.equal(markers.unread(7), 0);
  markers.onEvents(events([message(3), message(4, { author: ana })]));
  assert.equal(markers.unread(7), 2);
});

test("reading is sent once, with the last seq", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 3, read_seq: 0 });
  markers.markRead(7, 1);
  markers.markRead(7, 3);
  assert.equal(markers.unread(7), 0);
  assert.deepEqual(sent, []);
  mock.timers.tick(1_000);
  assert.deepEqual(sent, [{ type: "read", room: 7, seq: 3 }]);
});

test("in a crowded room reading is sent more seldom", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 3, read_seq: 0 });
  markers.markRead(7, 1, 500);
  mock.timers.tick(0);
  assert.equal(sent.length, 1);
  markers.markRead(7, 3, 500);
  mock.timers.tick(9_000);
  assert.equal(sent.length, 1);
  mock.timers.tick(2_000);
  assert.equal(sent.length, 2);
});

test("reading in a room never joined is not sent", () => {
  const markers = newMarkers();
  markers.markRead(7, 3);
  mock.timers.tick(60_000);
  assert.deepEqual(sent, []);
});

test("what was read offline is sent with the next connection", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 3, read_seq: 0 });
  isOnline = false;
  markers.markRead(7, 3);
  mock.timers.tick(60_000);
  isOnline = true;
  markers.onHello([{ id: 7, last_seq: 3, read_seq: 0 }]);
  assert.deepEqual(sent, [{ type: "read", room: 7, seq: 3 }]);
});

test("a marker that the server lost is sent again", () => {
  const markers = newMarkers();
  markers.update({ id: 7, last_seq: 9, read_seq: 9 });
  markers.onHello([{ id: 7, last_seq: 9, read_seq: 5 }]);
  assert.deepEqual(sent, [{ type: "read", room: 7, seq: 9 }]);
  assert.equal(markers.unread(7), 0);
});
