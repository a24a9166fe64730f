"use strict";
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const keyed = [...body.rows].map((row, place) => {
        const cell = row.cells[column];
        const number = cell.dataset.sort;
        return { row, place, key: number === undefined ? cell.textContent : number === "" ? NaN : Number(number) };
      });
      keyed.sort((one, other) => {
        if (typeof one.key === "number") {
          if (Number.isNaN(one.key) || Number.isNaN(other.key)) {
            return Number(Number.isNaN(one.key)) - Number(Number.isNaN(other.key)) || one.place - other.place;
          }
          return sign * (one.key - other.key) || one.place - other.place;
        }
        return sign * one.key.localeCompare(other.key, "en", { numeric: true }) || one.place - other.place;
      });
      body.append(...keyed.map((one) => one.row));
    });
  });
}
const folded = () => [...document.querySelectorAll("details:not([open])")];
let opened = [];
addEventListener("beforeprint", () => { opened = folded(); for (const one of opened) one.open = true; });
addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const holder = target && target.closest("details");
  if (holder) holder.open = true;
});
