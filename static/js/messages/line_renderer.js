import { cloneTemplate, find } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { fill } from "./markup.js";

/** @import { OutboxEntry } from "../composer/outbox.js" */
/** @import { Clock } from "../lib/clock.js" */
/** @import { Me } from "../lib/page_config.js" */
/** @import { BlockedUsers } from "../moderation/blocked_users.js" */
/** @import { Message } from "../transport/frames.d.ts" */

/** @typedef {"reply" | "notice" | "error"} SystemMessageKind */

const AUTHOR_COLORS = 6;

/** Renders the lines of the timeline from the page's templates. People's texts are set as text, or by `fill`. */
export class LineRenderer {
  #clock;
  #me;
  #blocked;

  /**
   * @param {Clock} clock
   * @param {Me} me
   * @param {BlockedUsers} blocked
   */
  constructor(clock, me, blocked) {
    this.#clock = clock;
    this.#me = me;
    this.#blocked = blocked;
  }

  /** An empty line, to render a message into. */
  createLine() {
    const line = cloneTemplate("line");
    find(line, ".delivery").remove();
    line.dataset.state = "sent";
    find(line, ".unfold").addEventListener("click", () => unfold(line));
    return line;
  }

  /**
   * Renders a new or changed message in place, so that focus and selection stay. A message that cannot be rendered is
   * shown as plain text, and the error is reported: it must not stop the messages after it.
   *
   * @param {HTMLElement} line
   * @param {Message} message
   */
  render(line, message) {
    try {
      this.#renderMessage(line, message);
    } catch (error) {
      reportError(error);
      this.#renderPlain(line, message);
    }
  }

  /**
   * @param {HTMLElement} line
   * @param {Message} message
   */
  #renderMessage(line, message) {
    const author = message.author?.name ?? words("deleted-user");
    this.#setText(line, { author, at: message.at, text: message.erased ? words("erased") : message.text });
    line.dataset.seq = String(message.seq);
    line.dataset.erased = String(message.erased ?? false);
    line.dataset.own = String(message.author?.id === this.#me.id);
    line.dataset.voice = String((message.author?.id ?? 0) % AUTHOR_COLORS);
    find(line, ".edited").hidden = !message.edited;
    find(line, ".permalink", HTMLAnchorElement).href = `#${message.seq}`;
    if (!message.erased) this.#renderMarkup(line, message.html);
    this.fold(line, message);
  }

  /**
   * @param {HTMLElement} line
   * @param {Message} message
   */
  #renderPlain(line, { seq, author, text }) {
    const name = author?.name ?? "";
    line.dataset.seq = String(seq);
    line.dataset.author = name;
    find(line, ".author").textContent = name;
    find(line, ".text").textContent = text;
  }

  /**
   * Hides a blocked person's message until the reader asks for it.
   *
   * @param {HTMLElement} line
   * @param {Message} message
   */
  fold(line, { author, erased }) {
    const folded = !erased && this.#blocked.has(author);
    line.dataset.folded = String(folded);
    find(line, ".unfold").hidden = !folded;
  }

  /**
   * @param {HTMLElement} line
   * @param {string} html
   */
  #renderMarkup(line, html) {
    fill(find(line, ".text"), html);
    const mentions = line.querySelectorAll(`.mention[data-user="${this.#me.id}"]`);
    mentions.forEach((mention) => mention.setAttribute("data-me", ""));
    line.dataset.mentionsMe = String(mentions.length > 0);
  }

  /**
   * A line for an entry of the outbox.
   *
   * @param {OutboxEntry} entry
   */
  createPendingLine(entry) {
    const line = cloneTemplate("line");
    this.#setText(line, { author: this.#me.name, at: entry.at + this.#clock.offset, text: entry.text });
    line.dataset.id = entry.id;
    line.dataset.own = "true";
    return line;
  }

  /**
   * Shows the state of sending.
   *
   * @param {HTMLElement} line
   * @param {OutboxEntry} entry
   * @param {boolean} isOnline whether there is a connection
   */
  showDelivery(line, { state, error }, isOnline) {
    const word = state === "pending" && !isOnline ? "will-be-sent" : state;
    line.dataset.state = state;
    find(line, ".state").textContent = state === "failed" ? (error ?? words("not-sent")) : words(word);
    find(line, ".choices").hidden = state !== "failed";
  }

  /**
   * A line for a system message, which only this person sees.
   *
   * @param {SystemMessageKind} kind
   * @param {{ code: string, text: string }} content
   */
  createSystemLine(kind, { code, text }) {
    const line = cloneTemplate("aside");
    line.dataset.kind = kind;
    line.dataset.code = code ?? "";
    find(line, ".text").textContent = text;
    return line;
  }

  /**
   * @param {HTMLElement} line
   * @param {{ author: string, at: string | number, text: string }} content
   */
  #setText(line, { author, at, text }) {
    line.dataset.author = author;
    find(line, ".author").textContent = author;
    find(line, ".text").textContent = text;
    this.#clock.show(find(line, "time", HTMLTimeElement), at);
  }
}

/** @param {HTMLElement} line */
function unfold(line) {
  line.dataset.folded = "false";
  find(line, ".unfold").hidden = true;
  line.focus({ preventScroll: true });
}
