// The filter of the front page: without it, and without JavaScript, the page is a plain list of all claims.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const count = document.getElementById("f-count");
  const fields = [...form.querySelectorAll("select, input")];
  const sections = [...document.querySelectorAll("#claims > section")];
  const claims = sections.flatMap((section) => {
    const about = section.querySelector("h3").textContent;
    return [...section.querySelectorAll("li")].map((item) => ({
      item,
      section,
      keys: new Set(item.dataset.k.split(" ")),
      text: `${item.id} ${item.textContent} ${about}`.toLowerCase(),
    }));
  });

  function show() {
    const wanted = fields.filter((f) => f.tagName === "SELECT" && f.value).map((f) => f.value);
    const words = fields.at(-1).value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const filled = new Set();
    for (const { item, section, keys, text } of claims) {
      const fits = wanted.every((k) => keys.has(k)) && words.every((w) => text.includes(w));
      item.hidden = !fits;
      if (fits) {
        shown += 1;
        filled.add(section);
      }
    }
    for (const section of sections) section.hidden = !filled.has(section);
    count.textContent = shown === claims.length ? `All ${shown} claims` : `${shown} of ${claims.length} claims`;
  }

  // The filter is part of the address, so that a list can be linked to.
  function remember() {
    const chosen = new URLSearchParams();
    for (const f of fields) if (f.value) chosen.set(f.id.slice(2), f.selectedOptions ? f.selectedOptions[0].text.replace(/ \(\d+\)$/, "") : f.value);
    history.replaceState(null, "", chosen.size ? `#?${chosen}` : "#claims");
  }

  function recall() {
    if (!location.hash.startsWith("#?")) return;
    const chosen = new URLSearchParams(location.hash.slice(2));
    for (const f of fields) {
      const value = chosen.get(f.id.slice(2)) ?? "";
      const option = f.options && [...f.options].find((o) => o.text.replace(/ \(\d+\)$/, "") === value);
      f.value = f.options ? option?.value ?? "" : value;
    }
  }

  form.addEventListener("input", () => { show(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); form.querySelector("select").focus(); }));
  addEventListener("hashchange", () => { recall(); show(); });
  form.hidden = false;
  recall();
  show();
})();
