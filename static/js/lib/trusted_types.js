// The page's security policy (Trusted Types) takes markup and addresses of scripts from this module only.

const asItIs = { createHTML: (html) => html, createScriptURL: (address) => address };
const policy = globalThis.trustedTypes?.createPolicy("tertulia", asItIs) ?? asItIs;

/** What `html` would be, out of the page: no script of it runs, no picture of it is loaded. Never put it in as it is. */
export function inert(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

/** The address of our own service worker, which the page names. */
export function workerAddress() {
  return policy.createScriptURL(document.getElementById("chat").dataset.worker);
}
