import { copy } from "../lib/clipboard.js";
import { copyOf } from "../lib/templates.js";
import { words } from "../lib/words.js";

const PASSED_ON = new Set(["edit", "report", "about"]);
const STEPS = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };

/**
 * What one can do with a message: one bar of buttons, at the line one points at or stands on.
 *
 * Arrow keys go from line to line. Fires `edit`, `erase`, `report` and `about` (detail: the message).
 */
export class Actions extends EventTarget {
  #scroller = document.getElementById("timeline");
  #dialog = document.getElementById("erase-dialog");
  #bar = copyOf("actions");
  #said;
  #toast;
  #asked = null;

  constructor(said, toast) {
    super();
    this.#said = said;
    this.#toast = toast;
    this.#scroller.addEventListener("pointerover", (event) => event.pointerType === "touch" || this.#pointed(event));
    this.#scroller.addEventListener("pointerleave", () => this.#rest());
    this.#scroller.addEventListener("focusin", (event) => this.#offer(lineOf(event.target)));
    this.#scroller.addEventListener("focusout", ({ relatedTarget: next }) => this.#scroller.contains(next) || this.#bar.remove());
    this.#scroller.addEventListener("keydown", (event) => this.#walk(event));
    this.#bar.addEventListener("click", (event) => this.#choose(event.target.closest("[data-choice]")));
    this.#dialog.addEventListener("close", () => this.#decided());
  }

  #pointed(event) {
    if (!this.#bar.contains(document.activeElement)) this.#offer(lineOf(event.target));
  }

  /** The pointer has gone: back to the line that has the focus, if one has. */
  #rest() {
    if (!this.#bar.contains(document.activeElement)) this.#offer(lineOf(document.activeElement));
  }

  #offer(line) {
    const message = line && this.#said.message(line);
    if (!message) return this.#bar.remove();
    if (this.#bar.parentElement === line) return;
    const own = line.dataset.own === "true" && !message.erased;
    this.#button("copy").hidden = message.erased;
    this.#button("edit").hidden = this.#button("erase").hidden = !own;
    const others = line.dataset.own !== "true";
    this.#button("report").hidden = !others || message.erased;
    this.#button("about").hidden = !others || !message.author;
    line.append(this.#bar);
  }

  #button(choice) {
    return this.#bar.querySelector(`[data-choice="${choice}"]`);
  }

  #choose(button) {
    const line = button && lineOf(button);
    const message = line && this.#said.message(line);
    if (!message) return;
    if (button.dataset.choice === "copy") this.#copy(message.text, "copied");
    if (button.dataset.choice === "link") this.#copy(new URL(`#${message.seq}`, location.href).href, "link-copied");
    if (PASSED_ON.has(button.dataset.choice)) {
      this.dispatchEvent(new CustomEvent(button.dataset.choice, { detail: message }));
    }
    if (button.dataset.choice === "erase") this.#ask(line, message);
  }

  async #copy(text, said) {
    this.#toast.say(words((await copy(text)) ? said : "not-copied"));
  }

  #ask(line, message) {
    this.#asked = { line, message };
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #decided() {
    const { line, message } = this.#asked;
    if (line.isConnected) line.focus({ preventScroll: true });
    if (this.#dialog.returnValue === "yes") this.dispatchEvent(new CustomEvent("erase", { detail: message }));
  }

  #walk(event) {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const line = lineOf(document.activeElement);
    if (!line && event.key === "ArrowDown") return;
    let next = line ? line[step] : this.#said.newest;
    while (next && !next.dataset.seq) next = next[step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

function lineOf(element) {
  return element?.closest?.("#said > [data-seq]") ?? null;
}
