// A page in a frame of its own: its scripts have no origin, and its own policy allows none but its own.

const DARK = "(prefers-color-scheme: dark)";

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

/** Whether the page around is dark: a frame without an origin does not know. */
function isDark() {
  const theme = document.body.dataset.jpThemeLight;
  return theme === undefined ? matchMedia(DARK).matches : theme === "false";
}

/** The page in the theme of the one around it: what it would ask of the system is decided in its style sheet. */
function themed(page, dark) {
  const end = page.indexOf("</style>");
  const head = page.slice(0, end).replaceAll(DARK, dark ? "all" : "not all");
  const scheme = dark ? "dark" : "light";
  return head.replace('name="color-scheme" content="light dark"', `name="color-scheme" content="${scheme}"`) + page.slice(end);
}

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.className = "nw-preview";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  const named = () => { frame.title = model.get("title"); };
  named();
  let page = "";
  let shownDark = null;
  const draw = () => {
    shownDark = isDark();
    frame.style.display = page ? "" : "none";
    frame.style.colorScheme = shownDark ? "dark" : "light";
    frame.srcdoc = page ? themed(page, shownDark) : "";
  };
  const received = async (message, buffers) => {
    if (message.event !== "page") return;
    page = await unpacked(buffers[0]);
    draw();
  };
  const watch = new MutationObserver(() => { if (isDark() !== shownDark) draw(); });
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  model.on("change:title", named);
  model.on("msg:custom", received);
  draw();
  el.append(frame);
  model.send({ event: "ready" });
  return () => {
    watch.disconnect();
    model.off("msg:custom", received);
    model.off("change:title", named);
  };
}

export default { render };
