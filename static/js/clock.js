const SAMPLES_KEPT = 10;
const language = document.documentElement.lang;
const hour = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const dayAndHour = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** The server's time, whatever this machine's clock says, shown in the reader's zone. */
export class Clock {
  #samples = [];

  /** What to put into a ping. Not the wall clock: that may jump before the answer. */
  mark() {
    return Math.round(performance.now());
  }

  hear({ t, time }) {
    const roundTrip = performance.now() - t;
    this.#samples.push({ roundTrip, offset: time + roundTrip / 2 - Date.now() });
    this.#samples = this.#samples.slice(-SAMPLES_KEPT);
  }

  /** Milliseconds to add to this machine's clock. The quickest answer had the least room for error. */
  get offset() {
    const [best] = [...this.#samples].sort((one, other) => one.roundTrip - other.roundTrip);
    return best?.offset ?? 0;
  }

  now() {
    return new Date(Date.now() + this.offset);
  }

  show(element, at) {
    const moment = new Date(at);
    const today = moment.toDateString() === this.now().toDateString();
    element.dateTime = moment.toISOString();
    element.textContent = (today ? hour : dayAndHour).format(moment);
    element.title = whole.format(moment);
  }
}
