// Swagger's dark colours depend on a class; the person's theme, or else the system's, sets it.

const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const theme = root.getAttribute("data-theme");

function show() {
  root.classList.toggle("dark-mode", theme ? theme === "dark" : system.matches);
}

system.addEventListener("change", show);
show();
