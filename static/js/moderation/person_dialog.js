import { rules } from "./permissions.js";
import { words } from "../lib/words.js";

const QUESTIONS = new Set(["remove", "ban", "hand_over"]);

/**
 * What one can do about a person: write to them, block them, and in a room where one has the say, keep order.
 *
 * Fires `greet` (detail: their name) and `ask` (detail: the frame).
 */
export class PersonSheet extends EventTarget {
  #dialog = document.getElementById("person-dialog");
  #title = document.getElementById("person-title");
  #choices = document.getElementById("person-choices");
  #question = document.getElementById("person-question");
  #yes = document.getElementById("person-yes");
  #me;
  #blocked;
  #room;
  #isMuted;
  #name;
  #action = null;

  /** `room()` answers the room on show, `isMuted(name)` whether somebody is muted there. */
  constructor(me, blocked, { room, isMuted }) {
    super();
    this.#me = me;
    this.#blocked = blocked;
    this.#room = room;
    this.#isMuted = isMuted;
    this.#choices.addEventListener("click", ({ target }) => this.#choose(target.closest("[data-action]")));
    this.#yes.addEventListener("click", () => this.#do(this.#action));
  }

  open(name) {
    const room = this.#room();
    const [muted, blocked] = [this.#isMuted(name), this.#blocked.hasName(name)];
    const offered = { greet: true, block: !blocked, unblock: blocked };
    if (room && rules(this.#me, room)) Object.assign(offered, this.#order(room, muted));
    for (const button of this.#choices.querySelectorAll("[data-action]")) button.hidden = !offered[button.dataset.action];
    this.#name = name;
    this.#title.textContent = name;
    this.#turn(null);
    this.#dialog.showModal();
  }

  #order(room, muted) {
    const out = !room.default && room.owner?.name !== this.#name;
    return { mute: !muted, unmute: muted, remove: out, ban: out, hand_over: !room.default };
  }

  #choose(button) {
    const action = button?.dataset.action;
    if (QUESTIONS.has(action)) this.#turn(button);
    else if (action) this.#do(action);
  }

  /** What cannot be undone at once is asked about first. */
  #turn(button) {
    this.#action = button?.dataset.action ?? null;
    this.#choices.hidden = button !== null;
    this.#question.parentElement.hidden = button === null;
    if (!button) return;
    this.#question.textContent = words(`ask-${this.#action}`, { name: this.#name, room: this.#room().name });
    this.#yes.textContent = button.textContent.trim();
    this.#dialog.querySelector("[value=no]").focus();
  }

  #do(action) {
    this.#dialog.close();
    const user = this.#name;
    if (action === "greet") this.dispatchEvent(new CustomEvent("greet", { detail: user }));
    else if (action === "block" || action === "unblock") this.#ask({ type: "block", user, blocked: action === "block" });
    else this.#ask({ type: "moderate", room: this.#room().id, action, user });
  }

  #ask(frame) {
    this.dispatchEvent(new CustomEvent("ask", { detail: frame }));
  }
}
