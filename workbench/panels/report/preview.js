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

/** A frame that shows the page from the beginning: one that is led elsewhere would leave steps to go back to. */
function framed(page, title, dark) {
  const frame = document.createElement("iframe");
  frame.className = "nw-preview";
  frame.title = title;
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.style.colorScheme = dark ? "dark" : "light";
  frame.srcdoc = themed(page, dark);
  return frame;
}

function render({ model, el }) {
  let page = "";
  let isShownDark = isDark();
  const draw = () => {
    isShownDark = isDark();
    el.replaceChildren(...(page ? [framed(page, model.get("title"), isShownDark)] : []));
  };
  const received = async (message, buffers) => {
    if (message.event !== "page") return;
    page = await unpacked(buffers[0]);
    draw();
  };
  const watch = new MutationObserver(() => {
    if (isDark() !== isShownDark) draw();
  });
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  model.on("msg:custom", received);
  model.send({ event: "ready" });
  return () => {
    watch.disconnect();
    model.off("msg:custom", received);
  };
}

export default { render };
