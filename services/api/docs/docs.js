// Search over the operations, and examples that speak of the server that is looked at. The page says the same without it.
"use strict";
(() => {
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const entries = [...document.querySelectorAll("[data-words]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  for (const code of document.querySelectorAll(".curl code")) {
    code.textContent = code.textContent.replaceAll("http://127.0.0.1:8080", location.origin);
  }
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      entry.hidden = !words.every((word) => entry.dataset.words.includes(word));
      count += !entry.hidden && entry.tagName === "ARTICLE" ? 1 : 0;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    document.getElementById("schemas").hidden = words.length > 0;
    found.textContent = words.length === 0 ? "" : count === 1 ? "1 operation" : count + " operations";
  };
  search.addEventListener("input", show);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  show();
})();
