import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";

import { Emitter } from "../../static/js/lib/emitter.js";
import { FrameRouter } from "../../static/js/transport/frame_router.js";

/** @import { ServerFrame } from "../../static/js/transport/frames.d.ts" */

/** @type {unknown[]} */
let reported = [];

// Node has no `reportError`.
beforeEach(() => {
  reported = [];
  globalThis.reportError = (error) => reported.push(error);
});
afterEach(() => Reflect.deleteProperty(globalThis, "reportError"));

const pong = { type: /** @type {const} */ ("pong"), t: 1, time: 2 };

test("frames are dispatched by their type, in the order of registration", () => {
  const router = new FrameRouter();
  /** @type {string[]} */
  const calls = [];
  router.on("pong", () => calls.push("first"));
  router.on("pong", ({ time }) => calls.push(`second ${time}`));
  router.on("bye", () => calls.push("never"));
  router.dispatch(pong);
  assert.deepEqual(calls, ["first", "second 2"]);
});

test("a handler that throws keeps no other one from the frame", () => {
  const router = new FrameRouter();
  const error = new Error("broken");
  /** @type {number[]} */
  const times = [];
  router.on("pong", () => {
    throw error;
  });
  router.on("pong", ({ time }) => times.push(time));
  router.dispatch(pong);
  router.dispatch({ ...pong, time: 3 });
  assert.deepEqual(times, [2, 3]);
  assert.deepEqual(reported, [error, error]);
});

test("frames of unknown types are ignored", () => {
  const frame = /** @type {ServerFrame} */ (/** @type {unknown} */ ({ type: "reaction" }));
  new FrameRouter().dispatch(frame);
  assert.deepEqual(reported, []);
});

test("a frame type named like a method of Object is ignored", () => {
  const frame = /** @type {ServerFrame} */ (/** @type {unknown} */ ({ type: "toString" }));
  new FrameRouter().dispatch(frame);
  assert.deepEqual(reported, []);
});

test("a listener that throws keeps no other one from an event", () => {
  /** @type {Emitter<{ change: number }>} */
  const emitter = new Emitter();
  /** @type {number[]} */
  const received = [];
  emitter.on("change", () => {
    throw new Error("broken");
  });
  emitter.on("change", (number) => received.push(number));
  emitter.emit("change", 5);
  assert.deepEqual(received, [5]);
  assert.equal(reported.length, 1);
});
