// A text field with line numbers; what is wrong with the text is listed below it, and marked at its line.

const PAUSE = 400; // milliseconds without a key, after which what is typed is sent
let made = 0;

function element(tag, className, parent) {
  const found = document.createElement(tag);
  found.className = className;
  parent?.append(found);
  return found;
}

function render({ model, el }) {
  const id = `nw-editor-${(made += 1)}`;
  const label = element("label", "nw-editor-label", el);
  const frame = element("div", "nw-editor", el);
  const numbers = element("pre", "nw-editor-numbers", frame);
  const text = element("textarea", "nw-editor-text", frame);
  const list = element("ul", "nw-editor-problems", el);
  numbers.setAttribute("aria-hidden", "true");
  text.id = id;
  label.htmlFor = id;
  list.id = `${id}-problems`;
  list.setAttribute("role", "list");
  list.setAttribute("aria-live", "polite");
  text.setAttribute("aria-describedby", list.id);
  Object.assign(text, { spellcheck: false, wrap: "off", autocomplete: "off" });
  text.setAttribute("autocapitalize", "off");

  const count = () => {
    const wrong = new Set(model.get("problems").map((each) => each.line));
    const lines = Math.max(text.value.split("\n").length, 1);
    const width = String(lines).length;
    numbers.replaceChildren();
    let plain = "";
    for (let line = 1; line <= lines; line += 1) {
      if (wrong.has(line)) {
        numbers.append(plain);
        plain = "";
        const mark = element("span", "nw-editor-wrong", numbers);
        mark.textContent = `!${String(line).padStart(width + 1)}`;
        plain += "\n";
      } else {
        plain += `${String(line).padStart(width + 2)}\n`;
      }
    }
    numbers.append(plain, "\n\n"); // as far down as the text can be scrolled
    frame.style.setProperty("--nw-numbers", `${width + 4}ch`);
    numbers.scrollTop = text.scrollTop;
  };

  const goTo = (line) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    const height = parseFloat(getComputedStyle(text).lineHeight) || 18;
    text.scrollTop = Math.max(0, (line - 3) * height);
  };

  const tell = () => {
    const problems = model.get("problems");
    list.replaceChildren();
    for (const each of problems) {
      const item = element("li", `nw-editor-${each.severity}`, list);
      if (each.line) {
        const button = element("button", "nw-editor-line", item);
        button.type = "button";
        button.textContent = `Line ${each.line}`;
        button.title = "Go to this line of the text";
        button.addEventListener("click", () => goTo(each.line));
      }
      const said = element("span", "", item);
      said.textContent = `${each.severity}: ${each.text}`;
    }
    text.setAttribute("aria-invalid", String(problems.some((each) => each.severity === "error")));
    count();
  };

  let waiting = null;
  const send = () => {
    clearTimeout(waiting);
    waiting = null;
    if (model.get("value") === text.value) return;
    model.set("value", text.value);
    model.save_changes();
  };
  text.addEventListener("input", () => {
    count();
    clearTimeout(waiting);
    waiting = setTimeout(send, PAUSE);
  });
  text.addEventListener("change", send);
  text.addEventListener("blur", send);
  text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
  // What is typed here is no shortcut of the notebook.
  text.addEventListener("keydown", (event) => event.stopPropagation());

  const named = () => {
    label.textContent = model.get("label");
    text.placeholder = model.get("hint");
    text.rows = model.get("rows");
  };
  const changed = () => {
    if (waiting !== null || text.value === model.get("value")) return; // who types has the last word
    text.value = model.get("value");
    tell();
  };
  model.on("change:value", changed);
  model.on("change:problems", tell);
  model.on("change:label change:hint change:rows", named);
  named();
  text.value = model.get("value");
  tell();
  return () => {
    clearTimeout(waiting);
    model.off("change:value", changed);
    model.off("change:problems", tell);
    model.off("change:label change:hint change:rows", named);
  };
}

export default { render };
