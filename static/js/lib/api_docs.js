// The documentation's own dark colours hang on a class; the person's choice, or else the system, says when.

const system = matchMedia("(prefers-color-scheme: dark)");
const { dataset, classList } = document.documentElement;

function show() {
  classList.toggle("dark-mode", dataset.theme ? dataset.theme === "dark" : system.matches);
}

system.addEventListener("change", show);
show();
