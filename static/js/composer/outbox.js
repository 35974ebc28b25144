import { uuid } from "../lib/uuid.js";

const ANSWER_MS = 10_000;
const LONG_SECONDS = 3;
const LATER = new Set(["slow_down", "busy", "unavailable"]);
const ADOPT_MS = 30_000;

/**
 * What the person has said and the server has not yet confirmed, in order.
 *
 * One frame at a time is under way: with more, a refused one (`slow_down`) would be overtaken by the next. An entry is
 * `{id, text, room, at, state: pending | sent | failed, error}`; the id is made once, so sending again is harmless.
 * Fires `change`.
 */
export class Outbox extends EventTarget {
  #shelf;
  #send;
  #entries = [];
  #underWay = null;
  #again = null;

  constructor(shelf, send) {
    super();
    this.#shelf = shelf;
    this.#send = send;
    this.#adopt();
    setInterval(() => this.#adopt(), ADOPT_MS);
    // Another tab has put something down: to be told when that tab goes.
    addEventListener("storage", () => this.#adopt());
  }

  get entries() {
    return this.#entries;
  }

  add(text, room) {
    this.#entries.push({ id: uuid(), text, room, at: Date.now(), state: "pending", error: null });
    this.#changed();
  }

  /** A new connection: what was under way on the last one starts again. */
  restart() {
    this.#rest();
    this.#next();
  }

  pause() {
    this.#rest();
  }

  /** The server has stored the message; its event will take the entry's place. */
  acknowledge(id) {
    this.#answered(id, { state: "sent" });
  }

  /** Whether `id` was one of ours, which is now done with. */
  settle(id) {
    const known = this.#entries.some((entry) => entry.id === id);
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    if (known) this.#answered(id, {});
    return known;
  }

  /** Whether the refused frame was one of ours. */
  refuse({ id, code, text, retry_after: seconds }) {
    if (!this.#entries.some((entry) => entry.id === id)) return false;
    if (LATER.has(code) && seconds > LONG_SECONDS) this.#putOff(id, seconds * 1000);
    else if (LATER.has(code)) this.#sendAgainIn((seconds ?? 1) * 1000);
    else this.#answered(id, { state: "failed", error: text });
    return true;
  }

  /** Events hold these messages now. */
  arrived(ids) {
    this.#drop((entry) => ids.has(entry.id) && entry.state !== "pending");
  }

  /** Lets go of what only waits for its event, which will be in the log whenever that is read again. */
  dropSent() {
    this.#drop((entry) => entry.state === "sent");
  }

  retry(id) {
    this.#update(id, { state: "pending", error: null });
    this.#changed();
  }

  discard(id) {
    this.settle(id);
  }

  /** A slow room: what is for others does not wait for it. */
  #putOff(id, milliseconds) {
    this.#answered(id, { notBefore: Date.now() + milliseconds });
    setTimeout(() => this.#next(), milliseconds);
  }

  #adopt() {
    this.#shelf.adopt((found) => {
      this.#entries = [...found.map(asLeft), ...this.#entries].sort((one, other) => one.at - other.at);
      this.#changed();
    });
  }

  #answered(id, change) {
    this.#update(id, change);
    if (this.#underWay === id) this.#rest();
    this.#changed();
  }

  #update(id, change) {
    const entry = this.#entries.find((one) => one.id === id);
    if (entry) Object.assign(entry, change);
  }

  #drop(done) {
    const kept = this.#entries.filter((entry) => !done(entry));
    if (kept.length === this.#entries.length) return;
    this.#entries = kept;
    this.#changed();
  }

  #changed() {
    this.#shelf.keep(this.#entries.filter((entry) => entry.state !== "sent"));
    this.dispatchEvent(new Event("change"));
    this.#next();
  }

  #next() {
    const slow = new Set(this.#entries.filter(({ notBefore }) => notBefore > Date.now()).map(({ room }) => room));
    const entry = this.#entries.find((one) => one.state === "pending" && (!slow.has(one.room) || one.text.startsWith("#")));
    if (!entry || this.#underWay) return;
    const { id, text, room } = entry;
    if (!this.#send({ type: "say", id, text, ...(room && { room }) })) return;
    this.#underWay = id;
    // Where it is unknown whether a commit happened, the server answers nothing: the resend decides.
    this.#sendAgainIn(ANSWER_MS);
  }

  #sendAgainIn(milliseconds) {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.restart(), milliseconds);
  }

  #rest() {
    clearTimeout(this.#again);
    this.#underWay = null;
  }
}

/** Messages go on by themselves after a reload; a command of earlier (`#exit`, `#dR`) waits for a fresh yes. */
function asLeft(entry) {
  const isCommand = /^#(?![#\s]|\\?private)/i.test(entry.text);
  return isCommand ? { ...entry, state: "failed" } : entry;
}
