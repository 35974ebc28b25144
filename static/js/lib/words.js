// The page carries every sentence, translated, in <template id="words">; scripts name them.

import { byId, find } from "./dom.js";
import { language } from "./language.js";

/** @typedef {Record<string, string | number>} Values fill the {placeholders} of a sentence */

const sentences = byId("words", HTMLTemplateElement).content;
const conjunction = new Intl.ListFormat(language);
const plural = new Intl.PluralRules(language);

/**
 * The sentence called `name`.
 *
 * @param {string} name
 * @param {Values} [values]
 */
export function words(name, values = {}) {
  const sentence = find(sentences, `[data-word="${name}"]`).textContent ?? "";
  return sentence.replace(/\{(\w+)\}/g, (placeholder, key) => String(values[key] ?? placeholder));
}

/**
 * The singular or plural sentence, with {count} filled in.
 *
 * @param {string} name
 * @param {number} count
 * @param {Values} [values]
 */
export function countedWords(name, count, values = {}) {
  const form = plural.select(count) === "one" ? "one" : "other";
  return words(`${name}-${form}`, { ...values, count });
}

/**
 * Names as an enumeration: "ana, ben and 3 others".
 *
 * @param {string[]} names
 */
export function enumerate(names) {
  return conjunction.format(names);
}
