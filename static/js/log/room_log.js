/** @import { EventsFrame, Message, PageFrame } from "../transport/frames.d.ts" */

const MESSAGES_KEPT = 300;
const SLACK = 50;

/**
 * A place in the log as `history` frames name it; an empty one is the newest page.
 *
 * @typedef {{ before?: number, after?: number, around?: number }} PagePosition
 */

/**
 * The part of a room's log that this page holds: a contiguous range of messages, which may end before the log does.
 *
 * `first` and `last` are the seqs at the ends of the range, `end` is the last known seq of the log.
 */
export class RoomLog {
  /** @type {Map<number, Message>} */
  #messages = new Map();
  /** @type {string | null} */
  #epoch = null;
  #version = 0;
  /** @type {({ id: string } & PagePosition) | null} */
  #requested = null;
  /** Changes outside the range while a page is requested, by seq. @type {Map<number, Message>} */
  #buffered = new Map();
  first = Infinity;
  last = 0;
  end = 0;
  /** Whether there are messages before the first one held. */
  hasEarlier = false;
  /** After a gap, until the answer to `enter`: messages are taken in, but the version must not advance. */
  isStale = false;

  get isKnown() {
    return this.#epoch !== null;
  }

  /** Whether there are messages after the last one held. */
  get hasLater() {
    return this.last < this.end;
  }

  get size() {
    return this.#messages.size;
  }

  /** The position to resume from, as parameters of a connection or of `enter`. */
  get position() {
    return this.#epoch === null ? {} : { epoch: this.#epoch, version: this.#version };
  }

  /** In the order of seq. */
  get messages() {
    return [...this.#messages.values()].sort((one, other) => one.seq - other.seq);
  }

  /** @param {number} seq */
  get(seq) {
    return this.#messages.get(seq);
  }

  /**
   * Applies an `events` frame and returns the messages that are new in the range or have changed there.
   *
   * @param {Omit<EventsFrame, "type" | "room">} frame
   */
  apply({ epoch, since, version, reset, more, messages }) {
    if (reset || epoch !== this.#epoch) this.#restart(epoch, more ?? false);
    if (reset) this.isStale = false;
    else if (since > this.#version) this.isStale = true;
    if (!this.isStale) this.#version = Math.max(this.#version, version);
    return this.#put(this.#inRange(messages));
  }

  /**
   * Changes outside the range come with the page that holds them; while one is requested they are buffered for it.
   *
   * @param {Message[]} messages
   */
  #inRange(messages) {
    const upTo = this.hasLater ? this.last : Infinity;
    const from = this.size ? this.first : 0;
    if (this.#requested) messages.forEach((message) => this.#buffered.set(message.seq, message));
    this.end = messages.reduce((end, { seq }) => Math.max(end, seq), this.end);
    return messages.filter(({ seq }) => from <= seq && seq <= upTo);
  }

  /**
   * Notes that a page is requested by a frame with this `id`.
   *
   * @param {string} id
   * @param {PagePosition} position
   */
  expectPage(id, position) {
    this.#requested = { id, ...position };
    this.#buffered.clear();
  }

  /** @param {string | null} id */
  isRequested(id) {
    return id !== null && id === this.#requested?.id;
  }

  /**
   * Applies a `page` frame if it is the one requested last; returns whether it is.
   *
   * @param {Pick<PageFrame, "id" | "messages" | "more">} frame
   */
  applyPage({ id, messages, more }) {
    const requested = this.#requested;
    if (!requested || id !== requested.id) return false;
    this.#requested = null;
    const { before, after, around } = requested;
    if (before ? before !== this.first : after && after !== this.last) return true;
    if (!before && !after) this.#clear();
    if (!after) this.hasEarlier = more;
    this.#put(messages);
    // The page tells where the log ended; buffered messages are later.
    const reachesEnd = after ? !more : !before && !around;
    if (reachesEnd) this.end = Math.max(this.last, ...this.#buffered.keys());
    this.#putBuffered();
    if (before) this.trimNewest();
    else this.trimOldest();
    return true;
  }

  #putBuffered() {
    const buffered = [...this.#buffered.values()].sort((one, other) => one.seq - other.seq);
    buffered.forEach((message) => {
      if (message.seq >= this.first && message.seq <= this.last + 1) this.#put([message]);
    });
    this.#buffered.clear();
  }

  /** Drops the oldest messages where too many are held. */
  trimOldest() {
    if (this.size <= MESSAGES_KEPT + SLACK) return;
    this.#keep(this.messages.slice(-MESSAGES_KEPT));
    this.hasEarlier = true;
  }

  trimNewest() {
    if (this.size > MESSAGES_KEPT + SLACK) this.#keep(this.messages.slice(0, MESSAGES_KEPT));
  }

  /** @param {Message[]} messages */
  #keep(messages) {
    this.#clear();
    this.#put(messages);
  }

  /**
   * @param {string} epoch
   * @param {boolean} hasEarlier
   */
  #restart(epoch, hasEarlier) {
    this.#clear();
    this.#epoch = epoch;
    this.#version = 0;
    this.#requested = null;
    this.end = 0;
    this.hasEarlier = hasEarlier;
  }

  #clear() {
    this.#messages.clear();
    this.first = Infinity;
    this.last = 0;
  }

  /** @param {Message[]} messages */
  #put(messages) {
    const changed = messages.filter(({ seq, version }) => version > (this.#messages.get(seq)?.version ?? -1));
    changed.forEach((message) => {
      this.#messages.set(message.seq, message);
      this.first = Math.min(this.first, message.seq);
      this.last = Math.max(this.last, message.seq);
    });
    this.end = Math.max(this.end, this.last);
    return changed;
  }
}
