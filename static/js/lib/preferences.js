// Language and light are plain forms, posted without scripts too. This only spares the page where it can.

const theme = document.getElementById("theme");

// The address changes while one goes from room to room: one returns to where one is then.
document.querySelectorAll("form[data-returns]").forEach((form) => {
  form.addEventListener("submit", () => {
    form.elements.next.value = location.pathname + location.search + location.hash;
  });
});

theme?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const choice = event.submitter;
  show(choice);
  const body = new FormData(theme, choice);
  const answer = await fetch(theme.action, { method: "POST", body }).catch(() => null);
  if (answer?.status === 403) location.reload();
});

function show(choice) {
  document.documentElement.dataset.theme = choice.value;
  document.querySelector('meta[name="color-scheme"]').content = choice.value || "light dark";
  theme.querySelectorAll("button").forEach((button) => (button.ariaPressed = String(button === choice)));
}
