import { copyOf } from "./templates.js";
import { words } from "./words.js";

/** Makes the lines of the timeline from the page's templates. Whatever people wrote is set as text, never as markup. */
export class Lines {
  #clock;
  #me;

  constructor(clock, me) {
    this.#clock = clock;
    this.#me = me;
  }

  message(message) {
    const line = copyOf("line");
    const author = message.author?.name ?? words("deleted-user");
    this.#fill(line, { author, at: message.at, text: message.erased ? words("erased") : message.text });
    line.dataset.seq = message.seq;
    line.dataset.state = "sent";
    line.dataset.erased = message.erased ?? false;
    line.dataset.own = message.author?.id === this.#me.id;
    line.querySelector(".edited").hidden = !message.edited;
    line.querySelector(".delivery").remove();
    return line;
  }

  pending(entry) {
    const line = copyOf("line");
    this.#fill(line, { author: this.#me.name, at: entry.at + this.#clock.offset, text: entry.text });
    line.dataset.id = entry.id;
    line.dataset.own = true;
    this.mark(line, entry);
    return line;
  }

  mark(line, { state, error }) {
    line.dataset.state = state;
    line.querySelector(".state").textContent = state === "failed" ? error ?? words("not-sent") : words(state);
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
