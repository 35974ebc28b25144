import { byId } from "../lib/dom.js";
import { enumerate, words } from "../lib/words.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { EventsFrame, SendTypingFrame, TypingFrame } from "../transport/frames.d.ts" */

const REPEAT_MS = 3_000;
const EXPIRES_MS = 5_000;
const NAMES_SHOWN = 3;
const COMMAND = /^#(?![#\s])/;

/** The line that names the people who are typing; sends `typing` frames for this person. */
export class TypingIndicator {
  #box = byId("text", HTMLTextAreaElement);
  #line = byId("typists");
  #me;
  #send;
  /** @type {number | null} */
  #room = null;
  /** @type {Map<string, Timer>} */
  #expiries = new Map();
  #sentAt = -Infinity;

  /**
   * @param {Me} me
   * @param {(frame: SendTypingFrame) => unknown} send
   */
  constructor(me, send) {
    this.#me = me;
    this.#send = send;
    this.#box.addEventListener("input", () => this.#onInput());
  }

  /** @param {number} room */
  switchRoom(room) {
    this.#room = room;
    this.#sentAt = -Infinity;
    this.#expiries.forEach((timer) => clearTimeout(timer));
    this.#expiries.clear();
    this.#refresh();
  }

  /** @param {TypingFrame} frame */
  onTyping({ room, users }) {
    if (room !== this.#room) return;
    users.filter(({ id }) => id !== this.#me.id).forEach(({ name }) => this.#start(name));
  }

  /** @param {EventsFrame} frame */
  onEvents({ room, reset, messages }) {
    if (room !== this.#room || reset) return;
    messages.forEach(({ author }) => author && this.#stop(author.name));
  }

  /** @param {string} name */
  #start(name) {
    clearTimeout(this.#expiries.get(name));
    this.#expiries.set(name, setTimeout(() => this.#stop(name), EXPIRES_MS));
    this.#refresh();
  }

  /** @param {string} name */
  #stop(name) {
    if (!this.#expiries.has(name)) return;
    clearTimeout(this.#expiries.get(name));
    this.#expiries.delete(name);
    this.#refresh();
  }

  #refresh() {
    const names = [...this.#expiries.keys()];
    this.#line.textContent = names.length ? sentence(names) : "";
  }

  /** Commands and empty texts are not announced to others. */
  #onInput() {
    const text = this.#box.value;
    if (this.#room === null || !text.trim() || COMMAND.test(text)) return;
    if (performance.now() - this.#sentAt < REPEAT_MS) return;
    this.#sentAt = performance.now();
    this.#send({ type: "typing", room: this.#room });
  }
}

/** @param {string[]} names */
function sentence(names) {
  if (names.length > NAMES_SHOWN) return words("typing-many");
  return words(names.length > 1 ? "typing-other" : "typing-one", { people: enumerate(names) });
}
