import { list, words } from "../lib/words.js";

const REPEAT_MS = 3_000;
const FORGET_MS = 5_000;
const NAMES_SHOWN = 3;
const COMMAND = /^#(?![#\s])/;

/** Who is writing just now: tells it of oneself, and of others in a line under the talk. */
export class Typists {
  #me;
  #send;
  #box = document.getElementById("text");
  #line = document.getElementById("typists");
  #room = null;
  #writing = new Map();
  #toldAt = -Infinity;

  constructor(me, send) {
    this.#me = me;
    this.#send = send;
    this.#box.addEventListener("input", () => this.#written());
  }

  /** The view turns to another room. */
  turnTo(room) {
    this.#room = room;
    this.#toldAt = -Infinity;
    this.#writing.forEach((timer) => clearTimeout(timer));
    this.#writing.clear();
    this.#show();
  }

  hear({ type, room, users, messages, reset }) {
    if (room !== this.#room) return;
    if (type === "typing") users.filter(({ id }) => id !== this.#me.id).forEach(({ name }) => this.#begin(name));
    if (type === "events" && !reset) messages.forEach(({ author }) => this.#end(author?.name));
  }

  #begin(name) {
    clearTimeout(this.#writing.get(name));
    this.#writing.set(name, setTimeout(() => this.#end(name), FORGET_MS));
    this.#show();
  }

  #end(name) {
    if (!this.#writing.has(name)) return;
    clearTimeout(this.#writing.get(name));
    this.#writing.delete(name);
    this.#show();
  }

  #show() {
    const names = [...this.#writing.keys()];
    this.#line.textContent = names.length ? said(names) : "";
  }

  /** What is only for the server, or not there any more, is nobody's business. */
  #written() {
    const text = this.#box.value;
    if (!text.trim() || COMMAND.test(text) || performance.now() - this.#toldAt < REPEAT_MS) return;
    this.#toldAt = performance.now();
    this.#send({ type: "typing", room: this.#room });
  }
}

function said(names) {
  if (names.length > NAMES_SHOWN) return words("typing-many");
  return words(names.length > 1 ? "typing-other" : "typing-one", { people: list(names) });
}
