import { read, write } from "../lib/local_storage.js";

const KEY = "tertulia:sound";
const NOTES = [
  { hertz: 587, after: 0 },
  { hertz: 880, after: 0.12 },
];
const NOTE_SECONDS = 0.3;
const VOLUME = 0.12;

/** Two soft notes, if the person wants them. */
export class Sound {
  #context = null;

  get isOn() {
    return read(KEY, false);
  }

  set isOn(on) {
    write(KEY, on);
    if (on) this.play();
  }

  play() {
    if (!this.isOn) return;
    this.#context ??= new AudioContext();
    // Before the person has touched the page the browser keeps it silent.
    this.#context.resume();
    NOTES.forEach((note) => this.#sing(note));
  }

  #sing({ hertz, after }) {
    const start = this.#context.currentTime + after;
    const [tone, volume] = [this.#context.createOscillator(), this.#context.createGain()];
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(VOLUME, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS);
  }
}
