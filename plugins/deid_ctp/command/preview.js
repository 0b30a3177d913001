"use strict";
const box = document.getElementById("filter"), count = document.getElementById("count");
const buttons = [...document.querySelectorAll("button[data-only]")];
const rows = [...document.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() }));
function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const only = buttons.filter((each) => each.getAttribute("aria-pressed") === "true").map((each) => each.dataset.only);
  let seen = 0;
  for (const { row, text } of rows) {
    const fits = words.every((word) => text.includes(word)) && (!only.length || only.some((each) => row.classList.contains(each)));
    row.hidden = !fits;
    seen += fits;
  }
  const asked = words.length || only.length;
  count.textContent = asked ? `${seen.toLocaleString("en")} of ${rows.length.toLocaleString("en")} elements` : "";
  for (const file of document.querySelectorAll("details")) {
    const found = file.querySelector("tbody tr:not([hidden])") !== null;
    file.hidden = !found;
    if (asked && found) file.open = true;
  }
}
box.addEventListener("input", show);
for (const each of buttons) each.addEventListener("click", () => {
  each.setAttribute("aria-pressed", String(each.getAttribute("aria-pressed") !== "true"));
  show();
});
