// Beside ipycytoscape's widget: puts a picture on its canvas and gives it what it lacks for a page that is read,
// scrolled and walked by keyboard. The model's `drawn` is what workbench/panels/canvas/elements.py returns.

const [LARGEST_FIT, LOOK_EVERY] = [1.4, 60];
const [PADDING, TOOLS, TITLE] = [16, 42, 20]; // pixels at the edges, below the buttons, and of a frame's name
const AT_REST = 200; // milliseconds after which a size that changed is told to Python
const LABEL = { least: 11.2, usual: 12, most: 17 }; // in pixels of the screen and in units of the picture
const HELP =
  "Point at anything for what it is: names, ports, how often it was seen. Click the picture, or reach it by Tab: the wheel then zooms and arrow keys walk; Page Down and Page Up go through all in turn. " +
  "Tab goes on to nodes, to arrows and out. Enter selects, o or a double click opens what is summed up, " +
  "plus and minus zoom, 0 shows everything, Escape leaves.";

function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Call back with ipycytoscape's element and its graph, once it has drawn itself; it does so when it is first in sight. */
function whenDrawn(el, stop, found) {
  const timer = setInterval(() => {
    const root = el.closest(".nw-canvas");
    const host = root?.querySelector(".custom-widget");
    if (!host?._cyreg?.cy) return;
    clearInterval(timer);
    found(root, host, host._cyreg.cy);
  }, LOOK_EVERY);
  stop.addEventListener("abort", () => clearInterval(timer));
}

class Canvas {
  constructor(model, el, stop, root, host, cy) {
    Object.assign(this, { model, stop, root, host, cy, selected: "", label: LABEL.usual });
    this.ids = `nw-${Math.random().toString(36).slice(2)}`;
    const act = { walk: (e) => this.walked(e), select: (key) => this.select(key), open: (key) => this.tell("open", key),
      zoom: (factor) => this.zoom(factor), fit: () => this.fit(), leave: () => this.leave() };
    this.walker = new Walker(cy, act);
    this.build(el);
    this.listen();
    this.draw();
  }

  build(el) {
    const button = (text, name, action) => {
      const made_ = made("button", { type: "button", title: name, "aria-label": name, class: "nw-canvas-button" }, text);
      made_.addEventListener("click", action, { signal: this.stop });
      return made_;
    };
    this.wide = button("Full width", "Full width: what stands beside the picture moves below it", () => this.widen());
    this.wide.setAttribute("aria-pressed", "false");
    this.wide.setAttribute("aria-label", "Full width");
    this.tools = made("div", { class: "nw-canvas-tools", role: "toolbar", "aria-label": "Picture" },
      button("Fit", "Fit: all of the picture", () => this.fit()),
      button("+", "Zoom in", () => this.zoom(ZOOM_STEP)),
      button("−", "Zoom out", () => this.zoom(1 / ZOOM_STEP)),
      this.wide);
    this.list = made("ul", { class: "nw-canvas-list nw-canvas-unseen", id: `${this.ids}-list`, role: "listbox", "aria-label": "What is drawn" });
    this.help = made("p", { class: "nw-canvas-help", id: `${this.ids}-help` }, HELP);
    this.live = made("div", { class: "nw-canvas-live nw-canvas-unseen", role: "status", "aria-live": "polite" });
    this.tip = made("div", { class: "nw-canvas-tip", role: "tooltip", hidden: "" });
    this.empty = made("p", { class: "nw-canvas-empty", hidden: "" });
    // What arrows mean is always in sight; the rest can be asked for.
    this.arrows = made("ul", { class: "nw-canvas-arrows", "aria-label": "Arrows" });
    this.others = made("ul", { class: "nw-canvas-others", "aria-label": "Other symbols" });
    const folded = made("details", { class: "nw-canvas-legend" }, made("summary", {}, "Legend and keys"), this.others, this.help);
    this.key = made("div", { class: "nw-canvas-key" }, this.arrows, folded);
    el.replaceChildren(this.tools, this.list, this.live, this.tip, this.empty, this.key);
    for (const [name, value] of Object.entries({ tabindex: "0", role: "application", "aria-roledescription": "network graph",
      "aria-label": this.model.get("title"), "aria-describedby": this.help.id, "aria-owns": this.list.id })) {
      this.host.setAttribute(name, value);
    }
  }

  listen() {
    const { host, cy, model, stop } = this;
    const signal = { signal: stop };
    const onModel = (event, callback) => {
      model.on(event, callback);
      stop.addEventListener("abort", () => model.off(event, callback));
    };
    onModel("change:number", () => this.draw());
    onModel("change:selected", () => this.show(model.get("selected")));
    onModel("msg:custom", (message) => (message.do === "fit" ? this.fit() : this.zoom(message.factor)));
    host.addEventListener("focus", (event) => this.focused(event), signal);
    host.addEventListener("blur", () => this.blurred(), signal);
    for (const event of ["pointerdown", "touchstart", "touchend", "click"]) host.addEventListener(event, () => this.take(), signal); // JupyterLab takes it between
    host.addEventListener("pointerleave", () => this.hover(null), signal);
    host.addEventListener("keydown", (event) => this.pressed(event), signal);
    cy.on("tap", (event) => this.tapped(event));
    cy.on("onetap", (event) => { if (event.target !== cy && event.target.id() === this.before) this.select(""); });
    cy.on("dbltap", "node", (event) => this.tell("open", event.target.id()));
    cy.on("mouseover", "node, edge", (event) => this.hover(event.target, event.renderedPosition));
    cy.on("mouseout", "node, edge", () => this.hover(null));
    cy.on("viewport", () => this.hover(null));
    const sizes = new ResizeObserver(() => this.resized());
    sizes.observe(host);
    stop.addEventListener("abort", () => sizes.disconnect());
    // Themes say on the page's body which of them holds, after their styles have arrived.
    const themes = new MutationObserver(() => this.paint());
    themes.observe(document.body, { attributes: true });
    stop.addEventListener("abort", () => themes.disconnect());
  }

  draw() {
    const drawn = (this.drawn = this.model.get("drawn"));
    this.hover(null);
    this.cy.batch(() => {
      this.cy.elements().remove();
      this.cy.add([...(drawn.nodes ?? []), ...(drawn.edges ?? [])].map((each) => structuredClone(each)));
    });
    this.list.replaceChildren(
      ...Object.entries(drawn.words ?? {}).map(([key, words]) => made("li", { id: this.item(key), role: "option", "aria-selected": "false" }, words.name)),
    );
    this.key.hidden = !drawn.nodes?.length;
    this.empty.hidden = Boolean(drawn.nodes?.length);
    this.empty.textContent = `Nothing to draw: ${drawn.summary ?? "no picture yet"}`;
    this.walker.stand("");
    this.walker.from = "";
    this.host.removeAttribute("aria-activedescendant");
    this.say(drawn.summary ?? "");
    this.paint(true);
    this.show(this.model.get("selected"));
    this.resized(true);
  }

  /** Take over the colours of the theme, unless they are those of before. */
  paint(anew = false) {
    const colours = palette(this.root, this.drawn);
    if (!anew && JSON.stringify(colours) === JSON.stringify(this.colours)) return;
    this.colours = colours;
    this.cy.style(stylesheet(colours, this.drawn, this.label));
    fillLegend(this.arrows, this.others, colours, this.drawn);
  }

  // --- what is selected, walked and pointed at ---------------------------------------------------------

  /** Let all fade but the element and what it has to do with. */
  show(key) {
    const { cy } = this;
    this.cy.batch(() => {
      cy.elements().removeClass("chosen lit faded");
      this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
      const chosen = cy.getElementById(key);
      this.selected = chosen.nonempty() ? key : "";
      if (!this.selected) return;
      const edges = chosen.isEdge() ? chosen : chosen.union(chosen.descendants()).connectedEdges();
      const near = chosen.union(chosen.descendants()).union(edges).union(edges.connectedNodes());
      cy.elements().difference(near.union(near.ancestors())).addClass("faded");
      edges.addClass("lit");
      chosen.addClass("chosen");
      document.getElementById(this.item(key))?.setAttribute("aria-selected", "true");
    });
  }

  select(key) {
    this.show(key);
    if (key) this.say(`selected: ${this.drawn.words[key].name}`);
    this.tell("select", key);
  }

  tapped(event) {
    this.before = this.selected;
    const key = event.target === this.cy ? "" : event.target.id();
    this.cy.elements().removeClass("walked");
    this.walker.stand(key);
    if (key !== this.selected) this.select(key);
  }

  walked(element) {
    this.cy.elements().removeClass("walked");
    element.addClass("walked");
    this.host.setAttribute("aria-activedescendant", this.item(element.id()));
    this.say(this.drawn.words[element.id()].name);
    this.bring(element);
    const box = element.renderedBoundingBox({ includeLabels: false });
    this.hover(element, { x: (box.x1 + box.x2) / 2, y: box.y2 });
  }

  /** Move the picture so far that the element can be seen. */
  bring(element) {
    const box = element.renderedBoundingBox();
    const push = (low, high, size) => (low < 0 ? PADDING - low : high > size ? Math.max(size - high - PADDING, PADDING - low) : 0);
    const by = { x: push(box.x1, box.x2, this.cy.width()), y: push(box.y1, box.y2, this.cy.height()) };
    if (by.x || by.y) this.cy.panBy(by);
  }

  hover(element, at) {
    this.host.style.cursor = element ? "pointer" : "";
    this.cy.elements(".hovered").removeClass("hovered");
    this.tip.hidden = !element;
    if (!element) return;
    if (element.isEdge()) element.addClass("hovered");
    this.tip.replaceChildren(...this.drawn.words[element.id()].tip.map((line) => made("div", {}, line)));
    const [stage, root] = [this.host.getBoundingClientRect(), this.root.getBoundingClientRect()];
    const left = Math.max(0, Math.min(at.x + 14, stage.width - this.tip.offsetWidth));
    const below = at.y + 14 + this.tip.offsetHeight <= stage.height;
    const top = below ? at.y + 14 : Math.max(0, at.y - 14 - this.tip.offsetHeight);
    Object.assign(this.tip.style, { left: `${stage.left - root.left + left}px`, top: `${stage.top - root.top + top}px` });
  }

  // --- focus and keys ------------------------------------------------------------------------------------

  focused(event) {
    this.cy.userZoomingEnabled(true);
    this.previous = event.relatedTarget;
    if (!this.clicked) this.walker.enter();
  }

  /** Take the focus for the mouse: the walk begins where it is clicked. */
  take() {
    this.clicked = true;
    this.host.focus({ preventScroll: true });
    this.clicked = false;
  }

  blurred() {
    this.cy.userZoomingEnabled(false);
    this.cy.elements().removeClass("walked");
    this.hover(null);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // In JupyterLab's command mode a letter is a command: d, d would delete the cell.
    if (event.key !== "Tab") event.stopPropagation();
    if (this.walker.press(event)) event.preventDefault();
  }

  leave() {
    if (this.previous?.isConnected) this.previous.focus({ preventScroll: true });
    if (document.activeElement === this.host) this.host.blur();
  }

  // --- space ---------------------------------------------------------------------------------------------

  resized(anew = false) {
    const size = `${this.host.clientWidth} ${this.host.clientHeight}`;
    if ((!anew && size === this.size) || !this.host.clientWidth || !this.host.clientHeight) return;
    this.size = size;
    this.cy.resize();
    this.fit();
    clearTimeout(this.telling);
    this.root.removeAttribute("aria-busy");
    if (size === this.told) return; // or two views of different sizes would never rest
    const [width, height] = [this.host.clientWidth - 2 * PADDING, this.host.clientHeight - TOOLS - PADDING - TITLE];
    this.root.setAttribute("aria-busy", "true");
    this.telling = setTimeout(() => {
      this.root.removeAttribute("aria-busy");
      this.told = size;
      this.tell("space", "", { width, height });
    }, this.told ? AT_REST : 0);
  }

  fit() {
    if (this.cy.elements().empty()) return;
    // Without the labels of arrows, whose size follows from this, and without what marks the walk.
    const bounds = (elements, includeLabels) => elements.boundingBox({ includeLabels, includeOverlays: false });
    const [nodes, edges] = [bounds(this.cy.nodes(), true), bounds(this.cy.edges(), false)];
    const whole = this.cy.edges().empty() ? [nodes] : [nodes, edges];
    const [x1, y1] = ["x1", "y1"].map((side) => Math.min(...whole.map((box) => box[side])));
    const [x2, y2] = ["x2", "y2"].map((side) => Math.max(...whole.map((box) => box[side])));
    const [width, height] = [this.cy.width() - 2 * PADDING, this.cy.height() - TOOLS - PADDING];
    const zoom = Math.min(width / (x2 - x1), height / (y2 - y1), LARGEST_FIT);
    this.cy.viewport({
      zoom,
      pan: { x: PADDING + width / 2 - (zoom * (x1 + x2)) / 2, y: TOOLS + height / 2 - (zoom * (y1 + y2)) / 2 },
    });
    const label = Math.min(Math.max(LABEL.least / this.cy.zoom(), LABEL.usual), LABEL.most);
    if (label !== this.label) {
      this.label = label;
      this.cy.style(stylesheet(this.colours, this.drawn, label));
    }
  }

  zoom(factor) {
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition: { x: this.cy.width() / 2, y: this.cy.height() / 2 } });
  }

  widen() {
    const wide = this.root.classList.toggle("nw-canvas-wide");
    this.wide.setAttribute("aria-pressed", String(wide));
  }

  // --- words ---------------------------------------------------------------------------------------------

  item(key) {
    return `${this.ids}-${key}`;
  }

  say(text) {
    this.live.textContent = text;
  }

  tell(event, key, more = {}) {
    if (!this.stop.aborted) this.model.send({ event, key, number: this.model.get("number"), ...more });
  }
}

function render({ model, el }) {
  const stop = new AbortController();
  whenDrawn(el, stop.signal, (root, host, cy) => new Canvas(model, el, stop.signal, root, host, cy));
  return () => stop.abort();
}

export default { render };
