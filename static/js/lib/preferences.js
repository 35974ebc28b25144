// Language and theme are plain forms that work without scripts; this saves a page load where it can.

const theme = document.getElementById("theme");

// The room may have changed since the page was loaded: return to the current one.
document.querySelectorAll("form[data-returns]").forEach((form) => {
  form.addEventListener("submit", () => {
    const next = form.querySelector("[name=next]");
    if (next instanceof HTMLInputElement) next.value = location.pathname + location.search + location.hash;
  });
});

theme?.addEventListener("submit", (event) => {
  const { submitter: choice, currentTarget: form } = event;
  if (!(choice instanceof HTMLButtonElement) || !(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  show(form, choice);
  void save(form, choice);
});

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} choice
 */
async function save(form, choice) {
  const body = new FormData(form, choice);
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (answer?.status === 403) location.reload();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} choice
 */
function show(form, choice) {
  document.documentElement.dataset.theme = choice.value;
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", choice.value || "light dark");
  form.querySelectorAll("button").forEach((button) => (button.ariaPressed = String(button === choice)));
}
