const MESSAGES_KEPT = 300;
const SLACK = 50;

/**
 * What this page holds of one room's log: an unbroken stretch of it, up to its end or, with older ones on show, not.
 *
 * `first` and `last` are the ends of the stretch, `end` is the last message there is, as far as it is known.
 */
export class RoomLog {
  #messages = new Map();
  #epoch = null;
  #version = 0;
  #asked = null;
  #passing = new Map();
  first = Infinity;
  last = 0;
  end = 0;
  /** Whether there are messages before the first one held. */
  more = false;
  /** After a gap, until the answer to `enter` comes: messages are welcome, but prove nothing about what lies before. */
  behind = false;

  get isKnown() {
    return this.#epoch !== null;
  }

  /** Whether there are messages after the last one held. */
  get later() {
    return this.last < this.end;
  }

  get size() {
    return this.#messages.size;
  }

  /** To go on from here: parameters for connecting or entering. */
  get position() {
    return this.isKnown ? { epoch: this.#epoch, version: this.#version } : {};
  }

  get messages() {
    return [...this.#messages.values()].sort((one, other) => one.seq - other.seq);
  }

  get(seq) {
    return this.#messages.get(seq);
  }

  /** Takes an `events` frame in and answers the messages that are new here or have changed. */
  take({ epoch, since, version, reset, more, messages }) {
    if (reset || epoch !== this.#epoch) this.#begin(epoch, more ?? false);
    if (reset) this.behind = false;
    else if (since > this.#version) this.behind = true;
    if (!this.behind) this.#version = Math.max(this.#version, version);
    return this.#put(messages.filter(this.#fitting(messages)));
  }

  /** What changes in places not held is left to the page that brings them; while one is under way it is kept for it. */
  #fitting(messages) {
    const upTo = this.later ? this.last : Infinity;
    const from = this.size ? this.first : 0;
    if (this.#asked) messages.forEach((message) => this.#passing.set(message.seq, message));
    this.end = messages.reduce((end, { seq }) => Math.max(end, seq), this.end);
    return ({ seq }) => from <= seq && seq <= upTo;
  }

  /** A page is asked for: `id` of the frame, and the place (`before`, `after`, `around`, or none for the newest). */
  ask(id, place) {
    this.#asked = { id, ...place };
    this.#passing.clear();
  }

  isAsked(id) {
    return id !== null && id === this.#asked?.id;
  }

  /** Takes the `page` in that was asked for last; whether it was that one. */
  takePage({ id, messages, more }) {
    const asked = this.#asked;
    if (id !== asked?.id) return false;
    this.#asked = null;
    if (asked.before ? asked.before !== this.first : asked.after && asked.after !== this.last) return true;
    if (!asked.before && !asked.after) this.#clear();
    if (!asked.after) this.more = more;
    this.#put(messages);
    // The server knows where the log ends; what came meanwhile is later still.
    const reachesEnd = asked.after ? !more : !asked.before && !asked.around;
    if (reachesEnd) this.end = Math.max(this.last, ...this.#passing.keys());
    this.#putPassing();
    if (asked.before) this.letGoOfNewest();
    else this.letGoOfOldest();
    return true;
  }

  #putPassing() {
    const passing = [...this.#passing.values()].sort((one, other) => one.seq - other.seq);
    passing.forEach((message) => {
      if (message.seq >= this.first && message.seq <= this.last + 1) this.#put([message]);
    });
    this.#passing.clear();
  }

  /** Where too many are held. */
  letGoOfOldest() {
    if (this.size <= MESSAGES_KEPT + SLACK) return;
    this.#keep(this.messages.slice(-MESSAGES_KEPT));
    this.more = true;
  }

  letGoOfNewest() {
    if (this.size > MESSAGES_KEPT + SLACK) this.#keep(this.messages.slice(0, MESSAGES_KEPT));
  }

  #keep(messages) {
    this.#clear();
    this.#put(messages);
  }

  #begin(epoch, more) {
    this.#clear();
    this.#epoch = epoch;
    this.#version = 0;
    this.#asked = null;
    this.end = 0;
    this.more = more;
  }

  #clear() {
    this.#messages.clear();
    this.first = Infinity;
    this.last = 0;
  }

  #put(messages) {
    const changed = messages.filter(({ seq, version }) => !(this.#messages.get(seq)?.version >= version));
    changed.forEach((message) => {
      this.#messages.set(message.seq, message);
      this.first = Math.min(this.first, message.seq);
      this.last = Math.max(this.last, message.seq);
    });
    this.end = Math.max(this.end, this.last);
    return changed;
  }
}
