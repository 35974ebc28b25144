/** The language of the page, a BCP 47 tag. */
export const language = globalThis.document?.documentElement.lang || "en";
