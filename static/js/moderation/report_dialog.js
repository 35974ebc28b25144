/** Asks why a message is reported. Fires `ask` (detail: the frame, without its room). */
export class ReportSheet extends EventTarget {
  #dialog = document.getElementById("report-dialog");
  #why = document.getElementById("report-why");
  #quote = document.getElementById("report-text");
  #seq;

  constructor() {
    super();
    this.#dialog.addEventListener("close", () => this.#decided());
  }

  open({ seq, text }) {
    this.#seq = seq;
    this.#quote.textContent = text;
    this.#why.value = "";
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #decided() {
    if (this.#dialog.returnValue !== "yes") return;
    const frame = { type: "report", seq: this.#seq, why: this.#why.value.trim() };
    this.dispatchEvent(new CustomEvent("ask", { detail: frame }));
  }
}
