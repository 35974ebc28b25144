// The page carries every sentence, translated, in <template id="words">; scripts only name them.

const sentences = document.getElementById("words").content;
const plural = new Intl.PluralRules(document.documentElement.lang);

/** The sentence called `name`, its {placeholders} filled from `values`. */
export function words(name, values = {}) {
  const sentence = sentences.querySelector(`[data-word="${name}"]`).textContent;
  return sentence.replace(/\{(\w+)\}/g, (placeholder, key) => values[key] ?? placeholder);
}

/** The sentence for one or for many, with {count} filled in. */
export function countedWords(name, count) {
  const form = plural.select(count) === "one" ? "one" : "other";
  return words(`${name}-${form}`, { count });
}
