import { read, write } from "../lib/local_storage.js";

const KEY = "tertulia:sound";
const NOTES = [
  { hertz: 587, delaySeconds: 0 },
  { hertz: 880, delaySeconds: 0.12 },
];
const NOTE_SECONDS = 0.3;
const VOLUME = 0.12;

/** The notification sound: two soft notes, off by default. */
export class Sound {
  /** @type {AudioContext | null} */
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
    const context = (this.#context ??= new AudioContext());
    // Suspended until the first user gesture; rejected if the browser forbids it.
    context.resume().catch(() => null);
    NOTES.forEach(({ hertz, delaySeconds }) => playNote(context, hertz, context.currentTime + delaySeconds));
  }
}

/**
 * @param {AudioContext} context
 * @param {number} hertz
 * @param {number} start in seconds of the context
 */
function playNote(context, hertz, start) {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(VOLUME, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + NOTE_SECONDS);
}
