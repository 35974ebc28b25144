import { fill } from "./markup.js";
import { copyOf } from "../lib/templates.js";
import { words } from "../lib/words.js";

const VOICES = 6;

/** Makes the lines of the timeline from the page's templates. What people wrote is set as text, or by `fill`. */
export class Lines {
  #clock;
  #me;
  #blocked;

  constructor(clock, me, blocked) {
    this.#clock = clock;
    this.#me = me;
    this.#blocked = blocked;
  }

  /** An empty line, for a message to fill. */
  line() {
    const line = copyOf("line");
    line.querySelector(".delivery").remove();
    line.dataset.state = "sent";
    line.querySelector(".unfold").addEventListener("click", () => unfold(line));
    return line;
  }

  /** Also when the message has changed: in place, so that nobody who is at it loses it. */
  fill(line, message) {
    const author = message.author?.name ?? words("deleted-user");
    this.#fill(line, { author, at: message.at, text: message.erased ? words("erased") : message.text });
    line.dataset.seq = message.seq;
    line.dataset.erased = message.erased ?? false;
    line.dataset.own = message.author?.id === this.#me.id;
    line.dataset.voice = (message.author?.id ?? 0) % VOICES;
    line.querySelector(".edited").hidden = !message.edited;
    line.querySelector(".permalink").href = `#${message.seq}`;
    if (!message.erased) this.#markUp(line, message.html);
    this.fold(line, message);
  }

  /** What blocked people say is shown when it is asked for. */
  fold(line, { author, erased }) {
    const folded = !erased && this.#blocked.has(author);
    line.dataset.folded = folded;
    line.querySelector(".unfold").hidden = !folded;
  }

  #markUp(line, html) {
    fill(line.querySelector(".text"), html);
    const mine = line.querySelectorAll(`.mention[data-user="${this.#me.id}"]`);
    mine.forEach((mention) => (mention.dataset.me = ""));
    line.dataset.mentionsMe = mine.length > 0;
  }

  pending(entry) {
    const line = copyOf("line");
    this.#fill(line, { author: this.#me.name, at: entry.at + this.#clock.offset, text: entry.text });
    line.dataset.id = entry.id;
    line.dataset.own = true;
    return line;
  }

  /** How the sending goes; `isOpen`: whether there is a line to send by. */
  mark(line, { state, error }, isOpen) {
    const how = state === "pending" && !isOpen ? "will-be-sent" : state;
    line.dataset.state = state;
    line.querySelector(".state").textContent = state === "failed" ? error ?? words("not-sent") : words(how);
    line.querySelector(".choices").hidden = state !== "failed";
  }

  /** A line that only this person sees: `kind` is reply, notice or error. */
  aside(kind, { code, text }) {
    const line = copyOf("aside");
    line.dataset.kind = kind;
    line.dataset.code = code ?? "";
    line.querySelector(".text").textContent = text;
    return line;
  }

  #fill(line, { author, at, text }) {
    line.dataset.author = author;
    line.querySelector(".author").textContent = author;
    line.querySelector(".text").textContent = text;
    this.#clock.show(line.querySelector("time"), at);
  }
}

function unfold(line) {
  line.dataset.folded = false;
  line.querySelector(".unfold").hidden = true;
  line.focus({ preventScroll: true });
}
