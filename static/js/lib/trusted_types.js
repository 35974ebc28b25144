// The only module that may create markup or script addresses from text (Trusted Types, set by rooms/views.py).

import { byId } from "./dom.js";

/** @typedef {{ createHTML(html: string): string, createScriptURL(address: string): string }} Policy */
/** @typedef {{ createPolicy(name: string, rules: Policy): Policy }} PolicyFactory */

/** @type {Policy} */
const unchanged = { createHTML: (html) => html, createScriptURL: (address) => address };
/** @type {PolicyFactory | undefined} */
const factory = Reflect.get(globalThis, "trustedTypes");
const policy = factory?.createPolicy("tertulia", unchanged) ?? unchanged;

/**
 * Parses `html` into an inert fragment: no script of it runs, no picture is loaded. Never insert it as it is.
 *
 * @param {string} html
 */
export function inertFragment(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

/** The address of our service worker, from the page. */
export function workerAddress() {
  return policy.createScriptURL(byId("chat").getAttribute("data-worker") ?? "");
}
