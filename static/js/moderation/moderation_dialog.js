import { rules } from "./permissions.js";
import { arrange, copyOf } from "../lib/templates.js";
import { words } from "../lib/words.js";

/** The sheet on which those who have the say in a room slow it down and let people in again. */
export class OrderSheet {
  #opener = document.getElementById("keep-order");
  #dialog = document.getElementById("order-dialog");
  #slow = document.getElementById("slow-seconds");
  #list = document.getElementById("kept-out");
  #status = document.getElementById("order-status");
  #me;
  #ask;
  #room = null;

  /** `ask(frame)` promises its answer, or null without a line. */
  constructor(me, ask) {
    this.#me = me;
    this.#ask = ask;
    this.#opener.addEventListener("click", () => this.#open());
    this.#slow.addEventListener("change", () => this.#do({ type: "slow", seconds: Number(this.#slow.value) }));
    this.#list.addEventListener("click", ({ target }) => this.#letIn(target.closest("[data-user]")));
  }

  show(room) {
    this.#room = room;
    this.#opener.hidden = !rules(this.#me, room);
  }

  #open() {
    this.#status.textContent = "";
    this.#slow.value = [...this.#slow.options].findLast(({ value }) => value <= this.#room.slow_seconds).value;
    this.#dialog.showModal();
    this.#look();
  }

  async #look() {
    const answer = await this.#ask({ type: "banned", room: this.#room.id });
    arrange(this.#list, (answer?.data?.users ?? []).map(item));
    if (answer?.data?.users.length === 0) this.#status.textContent = answer.text;
  }

  async #letIn(button) {
    if (!button) return;
    await this.#do({ type: "moderate", action: "unban", user: Number(button.dataset.user) });
    await this.#look();
    this.#slow.focus();
  }

  async #do(frame) {
    const answer = await this.#ask({ ...frame, room: this.#room.id });
    this.#status.textContent = answer ? answer.text : words("needs-line");
  }
}

function item({ id, name }) {
  const line = copyOf("kept-out-person");
  line.querySelector(".name").textContent = name;
  line.querySelector("button").dataset.user = id;
  return line;
}
