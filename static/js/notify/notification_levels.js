const ALL = "all";
const MENTIONS = "mentions";

/** Of what each room tells its reader while they are elsewhere; the server keeps it. */
export class Levels {
  #address;
  #token;
  #chosen;

  /** `address` holds a 0 in place of the room's id. */
  constructor(address) {
    this.#address = address;
    this.#token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    this.#chosen = new Map(Object.entries(JSON.parse(document.getElementById("levels").textContent)));
  }

  /** `all`, `mentions` or `nothing`; without a choice all that is said in private, and mentions elsewhere. */
  of({ id, kind }) {
    return this.#chosen.get(String(id)) || (kind === "direct" ? ALL : MENTIONS);
  }

  /** Whether the server has taken the choice. */
  async choose({ id }, level) {
    const body = new URLSearchParams({ level, csrfmiddlewaretoken: this.#token });
    const answer = await fetch(this.#address.replace("/0/", `/${id}/`), { method: "POST", body }).catch(() => null);
    if (answer?.ok) this.#chosen.set(String(id), level);
    return Boolean(answer?.ok);
  }
}
