const MESSAGES_KEPT = 1_000;

/** What this page holds of one room's log. */
export class RoomLog {
  #messages = new Map();
  #epoch = null;
  #version = 0;
  more = false;
  /** After a gap, until the answer to `enter` comes: messages are welcome, but prove nothing about what lies before. */
  behind = false;

  get isKnown() {
    return this.#epoch !== null;
  }

  /** To go on from here: parameters for connecting or entering. */
  get position() {
    return this.isKnown ? { epoch: this.#epoch, version: this.#version } : {};
  }

  get messages() {
    return [...this.#messages.values()].sort((one, other) => one.seq - other.seq);
  }

  get first() {
    return Math.min(...this.#messages.keys());
  }

  get last() {
    return Math.max(0, ...this.#messages.keys());
  }

  /** Takes an `events` frame in and answers the messages that are new or have changed. */
  take({ epoch, since, version, reset, more, messages }) {
    if (reset || epoch !== this.#epoch) this.#begin(epoch, more ?? false);
    if (reset) this.behind = false;
    else if (since > this.#version) this.behind = true;
    if (!this.behind) this.#version = Math.max(this.#version, version);
    return this.#put(messages);
  }

  /** Takes a `page` of older messages in. */
  takeOlder({ messages, more }) {
    this.more = more;
    return this.#put(messages);
  }

  /** Lets go of the oldest where there are too many, and answers what went. */
  trim() {
    if (this.#messages.size <= MESSAGES_KEPT) return [];
    const oldest = this.messages.slice(0, MESSAGES_KEPT / 2);
    oldest.forEach(({ seq }) => this.#messages.delete(seq));
    this.more = true;
    return oldest;
  }

  #begin(epoch, more) {
    this.#messages.clear();
    this.#epoch = epoch;
    this.#version = 0;
    this.more = more;
  }

  #put(messages) {
    const changed = messages.filter(({ seq, version }) => !(this.#messages.get(seq)?.version >= version));
    changed.forEach((message) => this.#messages.set(message.seq, message));
    return changed;
  }
}
