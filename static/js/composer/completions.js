const MAX_OPTIONS = 8;
const COMMAND = /^#\\?[^\s<]*$/;
const ROOM = /^(#(?:gr|dr)\s+)<?([^<>\n]*)$/i;
const RECIPIENT = /^(#\\?private\s*)<?([^<>\s]*)$/i;
const MENTION = /(?:^|[\s(])@([^\s@]{0,25})$/;

/** @typedef {{ usage: string, does: string }} Command */
/** @typedef {{ text: string, label: string, does: string }} Option `text` replaces what was typed */
/** @typedef {{ from: number, options: Option[] }} Completion `from`: index in the text where the replacement starts */

/** Completions of commands, rooms and people for the text before the caret. */
export class Completions {
  #commands;
  #names;

  /**
   * @param {Command[]} commands
   * @param {{ rooms: () => string[], people: () => string[] }} names
   */
  constructor(commands, names) {
    this.#commands = commands.filter(({ usage }) => !usage.startsWith("##"));
    this.#names = names;
  }

  /**
   * @param {string} text
   * @returns {Completion | null}
   */
  for(text) {
    const found = this.#command(text) ?? this.#room(text) ?? this.#recipient(text) ?? this.#mention(text);
    if (!found?.options.length) return null;
    const options = found.options.slice(0, MAX_OPTIONS);
    const isComplete = options.length === 1 && text.slice(found.from) === options[0].text.trimEnd();
    return isComplete ? null : { from: found.from, options };
  }

  /** @param {string} text */
  #command(text) {
    if (!COMMAND.test(text)) return null;
    const typed = normalized(text);
    const options = this.#commands
      .filter(({ usage }) => normalized(usage).startsWith(typed))
      .map(({ usage, does }) => ({ text: withoutArguments(usage), label: usage, does }));
    return { from: 0, options };
  }

  /** @param {string} text */
  #room(text) {
    const found = ROOM.exec(text);
    if (!found) return null;
    const options = matching(this.#names.rooms(), found[2]).map((name) => option(`<${name}>`, name));
    return { from: found[1].length, options };
  }

  /** @param {string} text */
  #recipient(text) {
    const found = RECIPIENT.exec(text);
    if (!found) return null;
    const options = matching(this.#names.people(), found[2]).map((name) => option(`<${name}> `, name));
    return { from: found[1].length, options };
  }

  /** @param {string} text */
  #mention(text) {
    const found = MENTION.exec(text);
    if (!found) return null;
    const options = matching(this.#names.people(), found[1]).map((name) => option(`@${name} `, name));
    return { from: text.length - found[1].length - 1, options };
  }
}

/**
 * @param {string} text
 * @param {string} label
 */
function option(text, label) {
  return { text, label, does: "" };
}

/**
 * A command for comparison: case is ignored, and the backslash is optional.
 *
 * @param {string} text
 */
function normalized(text) {
  return text.replace("\\", "").toLowerCase();
}

/**
 * A command's usage up to its first argument: `#cR `, `#\private<`.
 *
 * @param {string} usage
 */
function withoutArguments(usage) {
  return usage.replace(/\s<.*$/, " ").replace(/(?<=\S)<.*$/, "<");
}

/**
 * Names that start with `typed`, then those that contain it.
 *
 * @param {string[]} names
 * @param {string} typed
 */
function matching(names, typed) {
  const part = typed.toLowerCase();
  const found = [...new Set(names)].filter((name) => name.toLowerCase().includes(part));
  const rank = (/** @type {string} */ name) => (name.toLowerCase().startsWith(part) ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
}
