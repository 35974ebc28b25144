// The page carries every sentence, translated, in <template id="words">; scripts only name them.

const sentences = document.getElementById("words").content;
const several = new Intl.ListFormat(document.documentElement.lang);
const plural = new Intl.PluralRules(document.documentElement.lang);

/** The sentence called `name`, its {placeholders} filled from `values`. */
export function words(name, values = {}) {
  const sentence = sentences.querySelector(`[data-word="${name}"]`).textContent;
  return sentence.replace(/\{(\w+)\}/g, (placeholder, key) => values[key] ?? placeholder);
}

/** The sentence for one or for many, with {count} (and what else `values` hold) filled in. */
export function countedWords(name, count, values = {}) {
  const form = plural.select(count) === "one" ? "one" : "other";
  return words(`${name}-${form}`, { ...values, count });
}

/** Several names as one would say them: "ana, ben and 3 others". */
export function list(names) {
  return several.format(names);
}
