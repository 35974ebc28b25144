import { Emitter } from "../lib/emitter.js";
import { uuid } from "../lib/uuid.js";

/** @import { ErrorFrame, SayFrame } from "../transport/frames.d.ts" */

const ACK_TIMEOUT_MS = 10_000;
// Longer waits are those of a room in slow mode.
const SLOW_MODE_SECONDS = 3;
const RETRYABLE = new Set(["slow_down", "busy", "unavailable"]);

/**
 * A message that is not stored yet. `room` is null before the first room is known; `at` and `notBefore` are in
 * milliseconds since 1970.
 *
 * @typedef {object} OutboxEntry
 * @property {string} id made once, so that a resend is idempotent
 * @property {string} text
 * @property {number | null} room
 * @property {number} at
 * @property {"pending" | "sent" | "failed"} state
 * @property {string | null} error
 * @property {number} [notBefore]
 */

/**
 * Where entries outlive the page (`OutboxStorage`).
 *
 * @typedef {object} EntryStorage
 * @property {(entries: OutboxEntry[]) => void} save
 * @property {(take: (entries: OutboxEntry[]) => void) => void} watch calls `take` with the entries of closed tabs
 */

/**
 * The queue of messages to send, in order.
 *
 * One frame is in flight at a time: with more, the next ones would overtake a refused one (`slow_down`). Emits
 * `change`.
 *
 * @extends {Emitter<{ change: undefined }>}
 */
export class Outbox extends Emitter {
  #storage;
  #send;
  /** @type {OutboxEntry[]} */
  #entries = [];
  /** @type {string | null} */
  #inFlight = null;
  /** @type {Timer | undefined} */
  #resend;

  /**
   * @param {EntryStorage} storage
   * @param {(frame: SayFrame) => boolean} send returns whether there is a connection
   */
  constructor(storage, send) {
    super();
    this.#storage = storage;
    this.#send = send;
    storage.watch((entries) => this.#adopt(entries));
  }

  get entries() {
    return this.#entries;
  }

  /**
   * @param {string} text
   * @param {number | null} room
   */
  add(text, room) {
    this.#entries.push({ id: uuid(), text, room, at: Date.now(), state: "pending", error: null });
    this.#onChange();
  }

  /** On a new connection: the frame in flight on the last one is sent again. */
  restart() {
    this.#clearInFlight();
    this.#sendNext();
  }

  pause() {
    this.#clearInFlight();
  }

  /**
   * On an `ack`: the message is stored; its event will replace the entry.
   *
   * @param {string} id
   */
  acknowledge(id) {
    this.#settle(id, { state: "sent" });
  }

  /**
   * Removes an entry that needs nothing more; returns whether there was one.
   *
   * @param {string} id
   */
  remove(id) {
    const isKnown = this.#has(id);
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    if (isKnown) this.#settle(id, {});
    return isKnown;
  }

  /**
   * On an `error`: schedules a resend or marks the entry as failed. Returns whether the frame was one of the outbox.
   *
   * @param {Omit<ErrorFrame, "type">} frame
   */
  onError({ id, code, text, retry_after: seconds = 1 }) {
    if (id === null || !this.#has(id)) return false;
    if (RETRYABLE.has(code) && seconds > SLOW_MODE_SECONDS) this.#postpone(id, seconds * 1000);
    else if (RETRYABLE.has(code)) this.#resendAfter(seconds * 1000);
    else this.#settle(id, { state: "failed", error: text });
    return true;
  }

  /**
   * Removes entries whose messages have come as events.
   *
   * @param {Set<string>} ids
   */
  removeStored(ids) {
    this.#removeWhere((entry) => ids.has(entry.id) && entry.state !== "pending");
  }

  /** Removes acknowledged entries; their events are in the log when the room is shown again. */
  removeSent() {
    this.#removeWhere((entry) => entry.state === "sent");
  }

  /** @param {string} id */
  retry(id) {
    this.#update(id, { state: "pending", error: null });
    this.#onChange();
  }

  /**
   * Slow mode: entries for other rooms do not wait for this one.
   *
   * @param {string} id
   * @param {number} milliseconds
   */
  #postpone(id, milliseconds) {
    this.#settle(id, { notBefore: Date.now() + milliseconds });
    setTimeout(() => this.#sendNext(), milliseconds);
  }

  /** @param {OutboxEntry[]} entries */
  #adopt(entries) {
    const merged = [...entries.map(asAdopted), ...this.#entries];
    this.#entries = merged.sort((one, other) => one.at - other.at);
    this.#onChange();
  }

  /**
   * The entry's frame is answered: the next one may go.
   *
   * @param {string} id
   * @param {Partial<OutboxEntry>} change
   */
  #settle(id, change) {
    this.#update(id, change);
    if (this.#inFlight === id) this.#clearInFlight();
    this.#onChange();
  }

  /** @param {string} id */
  #has(id) {
    return this.#entries.some((entry) => entry.id === id);
  }

  /**
   * @param {string} id
   * @param {Partial<OutboxEntry>} change
   */
  #update(id, change) {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry) Object.assign(entry, change);
  }

  /** @param {(entry: OutboxEntry) => boolean} isDone */
  #removeWhere(isDone) {
    const kept = this.#entries.filter((entry) => !isDone(entry));
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#onChange();
  }

  #onChange() {
    this.#storage.save(this.#entries.filter((entry) => entry.state !== "sent"));
    this.emit("change", undefined);
    this.#sendNext();
  }

  #sendNext() {
    const slowed = this.#entries.filter(({ notBefore = 0 }) => notBefore > Date.now());
    const slowRooms = new Set(slowed.map(({ room }) => room));
    const maySend = (/** @type {OutboxEntry} */ { room, text }) => !slowRooms.has(room) || text.startsWith("#");
    const entry = this.#entries.find((one) => one.state === "pending" && maySend(one));
    if (!entry || this.#inFlight) return;
    const { id, text, room } = entry;
    if (!this.#send({ type: "say", id, text, ...(room && { room }) })) return;
    this.#inFlight = id;
    // When a commit's outcome is unknown the server answers nothing: the idempotent resend finds out.
    this.#resendAfter(ACK_TIMEOUT_MS);
  }

  /** @param {number} milliseconds */
  #resendAfter(milliseconds) {
    clearTimeout(this.#resend);
    this.#resend = setTimeout(() => this.restart(), milliseconds);
  }

  #clearInFlight() {
    clearTimeout(this.#resend);
    this.#inFlight = null;
  }
}

/**
 * An entry left by a closed tab. Messages are sent; old commands (`#exit`, `#dR`) only after the person confirms.
 *
 * @param {OutboxEntry} entry
 * @returns {OutboxEntry}
 */
function asAdopted(entry) {
  const isCommand = /^#(?![#\s]|\\?private)/i.test(entry.text);
  return isCommand ? { ...entry, state: "failed" } : entry;
}
