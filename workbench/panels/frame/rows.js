// What DataTables calls whenever it has drawn: the rows of its page are walked and selected by the keyboard.
// One of them is reached by Tab; keys stay in the table, for JupyterLab has other plans with them.
function () {
  const api = this.api();
  const body = api.table().body();
  const place = () => body.closest(".nw-table");
  const rows = () => api.rows({ page: "current" }).nodes().toArray();
  const mark = () => rows().forEach((row) => row.setAttribute("aria-selected", api.row(row).selected()));
  const reach = (reached) => rows().forEach((row) => { row.tabIndex = row === reached ? 0 : -1; });
  const go = (row) => { if (row) { reach(row); row.focus(); } };
  const turn = (by, at) => {
    const page = api.page() + by;
    if (page < 0 || page >= api.page.info().pages) return;
    api.page(page).draw("page");
    go(rows().at(at));
  };
  const step = (row, by) => {
    const all = rows();
    const next = all.indexOf(row) + by;
    if (next in all) go(all[next]);
    else turn(by, by > 0 ? 0 : -1);
  };
  const choose = (row) => {
    const wasSelected = api.row(row).selected();
    if (api.select.style() === "multi") api.row(row).deselect();
    else api.rows({ selected: true }).deselect();
    if (!wasSelected) api.row(row).select();
  };
  const keys = {
    ArrowDown: (row) => step(row, 1),
    ArrowUp: (row) => step(row, -1),
    Home: () => go(rows().at(0)),
    End: () => go(rows().at(-1)),
    PageDown: () => turn(1, 0),
    PageUp: () => turn(-1, 0),
    Enter: choose,
    " ": choose,
  };
  body.onkeydown = (event) => {
    const { target, key } = event;
    if (target.parentElement !== body || !(key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[key](target);
  };
  // Other rows take the place of these: who was walking here goes on with the first of them.
  if (!body.nwListens) {
    body.nwListens = true;
    body.addEventListener("focusin", () => { place().nwWalked = true; });
    body.addEventListener("focusout", (event) => { if (event.relatedTarget && place()) place().nwWalked = false; });
  }
  api.off("select.nw deselect.nw").on("select.nw deselect.nw", mark);
  mark();
  reach(rows().find((row) => api.row(row).selected()) ?? rows()[0]);
  if (place()?.nwWalked && document.activeElement === document.body) go(rows()[0]);
}
