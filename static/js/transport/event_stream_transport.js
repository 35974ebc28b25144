const POST_MS = 15_000;
const MOST_TRIES = 5;
const BROKEN = 1006;
const TOO_LONG = 413;
const BUSY = 503;

/**
 * One connection without WebSockets: frames come as server-sent events and go by POST, one after the other.
 *
 * Its `ears` are told: `hear(frame)` what comes, `lost(code)` once, when it has ended.
 */
export class EventStreamLine {
  way = "sse";
  ears;
  #address;
  #source;
  #name = null;
  #frames = [];
  #posting = false;
  #ended = new AbortController();

  constructor(address, ears) {
    this.ears = ears;
    this.#address = new URL(address);
    this.#address.search = "";
    this.#source = new EventSource(address);
    this.#source.onmessage = (event) => this.ears.hear(JSON.parse(event.data));
    this.#source.onerror = () => this.#end(BROKEN);
    this.#source.addEventListener("stream", (event) => (this.#name = event.data));
    this.#source.addEventListener("close", (event) => this.#end(Number(event.data)));
  }

  get isIdle() {
    return !this.#frames.length;
  }

  send(frame) {
    this.#frames.push(JSON.stringify(frame));
    if (!this.#posting) this.#postAll();
    return true;
  }

  drop() {
    this.#ended.abort();
    this.#source.close();
  }

  #end(code) {
    if (this.#ended.signal.aborted) return;
    this.drop();
    this.ears.lost(code);
  }

  async #postAll() {
    this.#posting = true;
    try {
      while (this.#frames.length) {
        await this.#deliver(this.#frames[0]);
        this.#frames.shift();
      }
    } catch {
      this.#end(BROKEN);
    } finally {
      this.#posting = false;
    }
  }

  /** Throws when the stream is gone, or nobody can be reached who knows of it. */
  async #deliver(body) {
    for (let tries = 1; ; tries += 1) {
      const { ok, status, headers } = await this.#post(body);
      // Too long for any frame: no other try will bring it further.
      if (ok || status === TOO_LONG) return;
      if (status !== BUSY || tries === MOST_TRIES) throw new Error(status);
      await new Promise((resume) => setTimeout(resume, 1000 * (Number(headers.get("Retry-After")) || 1)));
    }
  }

  #post(body) {
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(POST_MS)]);
    const headers = { "Content-Type": "application/json" };
    return fetch(new URL(`${this.#name}/`, this.#address), { method: "POST", headers, body, signal });
  }
}
