const MOST = 8;
const COMMAND = /^#\\?[^\s<]*$/;
const ROOM = /^(#(?:gr|dr)\s+)<?([^<>\n]*)$/i;
const SOMEBODY = /^(#\\?private\s*)<?([^<>\s]*)$/i;
const MENTION = /(?:^|[\s(])@([^\s@]{0,25})$/;

/**
 * What can be completed: commands, rooms and people.
 *
 * `commands` are `{usage, does}`; `rooms()` and `people()` answer names.
 */
export class Completions {
  #commands;
  #rooms;
  #people;

  constructor(commands, { rooms, people }) {
    this.#commands = commands.filter(({ usage }) => !usage.startsWith("##"));
    this.#rooms = rooms;
    this.#people = people;
  }

  /** For the `text` before the caret: from where it would be replaced, and `options` of `{text, label, does}`. */
  for(text) {
    const found = this.#command(text) ?? this.#room(text) ?? this.#somebody(text) ?? this.#mention(text);
    const options = found?.options.slice(0, MOST) ?? [];
    const complete = options.length === 1 && text.slice(found.from) === options[0].text.trimEnd();
    return options.length && !complete ? { from: found.from, options } : null;
  }

  #command(text) {
    if (!COMMAND.test(text)) return null;
    const typed = bare(text);
    const options = this.#commands
      .filter(({ usage }) => bare(usage).startsWith(typed))
      .map(({ usage, does }) => ({ text: opening(usage), label: usage, does }));
    return { from: 0, options };
  }

  #room(text) {
    const found = ROOM.exec(text);
    if (!found) return null;
    return { from: found[1].length, options: named(this.#rooms(), found[2]).map((name) => option(`<${name}>`, name)) };
  }

  #somebody(text) {
    const found = SOMEBODY.exec(text);
    if (!found) return null;
    return { from: found[1].length, options: named(this.#people(), found[2]).map((name) => option(`<${name}> `, name)) };
  }

  #mention(text) {
    const found = MENTION.exec(text);
    if (!found) return null;
    const options = named(this.#people(), found[1]).map((name) => option(`@${name} `, name));
    return { from: text.length - found[1].length - 1, options };
  }
}

function option(text, label) {
  return { text, label, does: "" };
}

/** How a command is typed: without the backslash, which may be left out, and whatever its case. */
function bare(text) {
  return text.replace("\\", "").toLowerCase();
}

/** A command up to what its writer has to say: `#cR `, `#\private<`. */
function opening(usage) {
  return usage.replace(/\s<.*$/, " ").replace(/(?<=\S)<.*$/, "<");
}

/** Names that begin so, then those that hold it. */
function named(names, typed) {
  const part = typed.toLowerCase();
  const found = [...new Set(names)].filter((name) => name.toLowerCase().includes(part));
  const begins = (name) => name.toLowerCase().startsWith(part);
  return found.sort((one, other) => begins(other) - begins(one) || one.localeCompare(other));
}
