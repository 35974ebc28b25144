import { byId } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";

/** @import { Message } from "../transport/frames.d.ts" */

/**
 * The dialog that reports a message to staff. Emits `report`.
 *
 * @extends {Emitter<{ report: { seq: number, why: string } }>}
 */
export class ReportDialog extends Emitter {
  #dialog = byId("report-dialog", HTMLDialogElement);
  #why = byId("report-why", HTMLTextAreaElement);
  #quote = byId("report-text");
  #seq = 0;

  constructor() {
    super();
    this.#dialog.addEventListener("close", () => this.#onClose());
  }

  /** @param {Message} message */
  open({ seq, text }) {
    this.#seq = seq;
    this.#quote.textContent = text;
    this.#why.value = "";
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #onClose() {
    if (this.#dialog.returnValue === "yes") this.emit("report", { seq: this.#seq, why: this.#why.value.trim() });
  }
}
