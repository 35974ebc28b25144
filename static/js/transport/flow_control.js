const LATEST_MS = 3_000;
const MOST_MESSAGES = 128;
const MOST_CHARACTERS = 128 * 1024;

/** Tells the server how far this page has come, so that it never sends more than the page can take. */
export class Seen {
  #send;
  #versions = {};
  #messages = 0;
  #characters = 0;
  #timer = null;

  /** `send(frame)` hands a frame to the line. */
  constructor(send) {
    this.#send = send;
  }

  /** An `events` frame has been shown. */
  add({ room, version, messages }) {
    this.#versions[room] = version;
    this.#messages += messages.length;
    this.#characters += messages.reduce((sum, { text, html }) => sum + text.length + html.length, 0);
    const full = this.#messages >= MOST_MESSAGES || this.#characters >= MOST_CHARACTERS;
    // A hidden page's timers sleep for up to a minute: it answers at once.
    if (full || document.hidden) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), LATEST_MS);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#send({ type: "seen", rooms: this.#versions });
    this.#versions = {};
    this.#messages = this.#characters = 0;
    this.#timer = null;
  }
}
