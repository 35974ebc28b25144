import assert from "node:assert/strict";
import test, { afterEach, beforeEach, mock } from "node:test";

import { Clock } from "../../static/js/lib/clock.js";

const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const DAY_MS = 24 * 3600_000;

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: NOW }));
afterEach(() => mock.timers.reset());

/**
 * A pong whose ping was sent `roundTrip` milliseconds ago, from a server whose clock is ahead by `ahead`.
 *
 * @param {Clock} clock
 * @param {{ roundTrip: number, ahead: number }} answer
 */
function pong(clock, { roundTrip, ahead }) {
  clock.onPong({ type: "pong", t: clock.timestamp() - roundTrip, time: Date.now() - roundTrip / 2 + ahead });
}

/**
 * @param {number} actual
 * @param {number} expected
 */
function assertClose(actual, expected) {
  assert.ok(Math.abs(actual - expected) < 5, `${actual} is not about ${expected}`);
}

test("without pongs the clock is this machine's", () => {
  const clock = new Clock();
  assert.equal(clock.offset, 0);
  assert.equal(clock.now().getTime(), NOW);
});

test("the pong with the shortest round trip sets the offset", () => {
  const clock = new Clock();
  pong(clock, { roundTrip: 400, ahead: 5_100 });
  pong(clock, { roundTrip: 20, ahead: 5_000 });
  pong(clock, { roundTrip: 300, ahead: 4_900 });
  assertClose(clock.offset, 5_000);
  assertClose(clock.now().getTime(), NOW + 5_000);
});

test("latency is the mean of the round trips", () => {
  const clock = new Clock();
  pong(clock, { roundTrip: 100, ahead: 0 });
  pong(clock, { roundTrip: 200, ahead: 0 });
  assert.equal(clock.pings, 2);
  assertClose(clock.latency, 150);
});

test("the first pong of a new connection replaces the offset", () => {
  const clock = new Clock();
  pong(clock, { roundTrip: 2, ahead: 60_000 });
  clock.restart();
  assertClose(clock.offset, 60_000);
  pong(clock, { roundTrip: 200, ahead: 1_000 });
  assertClose(clock.offset, 1_000);
});

test("only the last ten pongs count for the offset", () => {
  const clock = new Clock();
  pong(clock, { roundTrip: 1, ahead: 9_000 });
  for (let number = 0; number < 10; number += 1) pong(clock, { roundTrip: 50, ahead: 2_000 });
  assertClose(clock.offset, 2_000);
});

test("today and yesterday are named, other days dated", () => {
  const clock = new Clock();
  const day = (/** @type {number} */ ago) => clock.day(new Date(NOW - ago * DAY_MS).toISOString());
  assert.equal(day(0), "today");
  assert.equal(day(1), "yesterday");
  assert.match(day(2), /2026/);
  assert.notEqual(day(2), day(3));
});
