import { copyText } from "../lib/clipboard.js";
import { byId, cloneTemplate, find, templateValue } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { Toast } from "../lib/toast.js" */
/** @import { Message } from "../transport/frames.d.ts" */
/** @import { MessageList } from "../messages/message_list.js" */

/** @typedef {{ line: HTMLElement, message: Message }} Target */

/**
 * The toolbar of a message, at the line under the pointer or with the focus; arrow keys move from line to line.
 *
 * @extends {Emitter<{ edit: Message, erase: Message, report: Message, about: Message }>}
 */
export class MessageActions extends Emitter {
  #scroller = byId("timeline");
  #dialog = byId("erase-dialog", HTMLDialogElement);
  #toolbar = cloneTemplate("actions");
  #list;
  #me;
  #toast;
  /** @type {Target | null} */
  #toErase = null;

  /**
   * @param {MessageList} list
   * @param {Me} me
   * @param {Toast} toast
   */
  constructor(list, me, toast) {
    super();
    this.#list = list;
    this.#me = me;
    this.#toast = toast;
    this.#scroller.addEventListener("pointerover", ({ pointerType, target }) => {
      if (pointerType !== "touch") this.#follow(target);
    });
    // Back to the line with the focus, if any.
    this.#scroller.addEventListener("pointerleave", () => this.#follow(document.activeElement));
    this.#scroller.addEventListener("focusin", (event) => this.#showAt(event.target));
    this.#scroller.addEventListener("focusout", (event) => this.#onFocusOut(event));
    this.#scroller.addEventListener("keydown", (event) => this.#onKey(event));
    this.#toolbar.addEventListener("click", (event) => this.#onChoice(templateValue(event.target, "choice")));
    this.#dialog.addEventListener("close", () => this.#onDialogClose());
  }

  /** @param {EventTarget | null} element */
  #follow(element) {
    if (!this.#toolbar.contains(document.activeElement)) this.#showAt(element);
  }

  /** @param {FocusEvent} event */
  #onFocusOut({ relatedTarget: next }) {
    if (next instanceof Node && this.#scroller.contains(next)) return;
    this.#toolbar.remove();
  }

  /** @param {EventTarget | null} element */
  #showAt(element) {
    const target = this.#list.at(element);
    if (!target) return this.#toolbar.remove();
    const { line, message } = target;
    if (this.#toolbar.parentElement === line) return;
    const isOwn = message.author?.id === this.#me.id;
    this.#button("copy").hidden = message.erased;
    this.#button("edit").hidden = this.#button("erase").hidden = !isOwn || message.erased;
    this.#button("report").hidden = isOwn || message.erased;
    this.#button("about").hidden = isOwn || !message.author;
    line.append(this.#toolbar);
  }

  /** @param {string} choice */
  #button(choice) {
    return find(this.#toolbar, `[data-choice="${choice}"]`);
  }

  /** @param {string | null} choice */
  #onChoice(choice) {
    const target = this.#list.at(this.#toolbar);
    if (!target) return;
    const { message } = target;
    if (choice === "copy") void this.#copy(message.text, "copied");
    if (choice === "link") void this.#copy(new URL(`#${message.seq}`, location.href).href, "link-copied");
    if (choice === "edit" || choice === "report" || choice === "about") this.emit(choice, message);
    if (choice === "erase") this.#confirmErase(target);
  }

  /**
   * @param {string} text
   * @param {string} word told on success
   */
  async #copy(text, word) {
    this.#toast.show(words((await copyText(text)) ? word : "not-copied"));
  }

  /** @param {Target} target */
  #confirmErase(target) {
    this.#toErase = target;
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #onDialogClose() {
    if (!this.#toErase) return;
    const { line, message } = this.#toErase;
    if (line.isConnected) line.focus({ preventScroll: true });
    if (this.#dialog.returnValue === "yes") this.emit("erase", message);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : null;
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const current = this.#list.at(document.activeElement);
    if (!current && step === 1) return;
    const next = current ? this.#list.neighbour(current.line, step) : this.#list.newestLine;
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}
