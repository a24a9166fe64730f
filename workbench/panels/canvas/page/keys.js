// The keyboard: arrow keys walk, Tab changes between namespaces, nodes and arrows, and leaves after the last.

const LEVELS = { namespaces: "node.frame", nodes: "node[shape]", arrows: "edge" };
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIDEWAYS = 2.2; // how much further away something counts that stands to the side
const ZOOM_STEP = 1.25;

/** The element that a step in a direction leads to: near, and rather ahead than to the side. */
function neighbour(from, candidates, [dx, dy]) {
  const start = from.position();
  let best = null;
  candidates.forEach((each) => {
    const [x, y] = [each.position().x - start.x, each.position().y - start.y];
    const [ahead, aside] = [x * dx + y * dy, Math.abs(x * dy - y * dx)];
    const cost = ahead + SIDEWAYS * aside;
    if (each.id() !== from.id() && ahead > 1 && (best === null || cost < best.cost)) best = { cost, each };
  });
  return best?.each ?? from;
}

function angle(edge, from) {
  const [one, other] = [from.position(), edge.connectedNodes().difference(from)[0]?.position() ?? from.position()];
  return Math.atan2(other.y - one.y, other.x - one.x);
}

/** Walks the picture; `act` has `walk(element)`, `select(key)`, `open(key)`, `zoom(factor)`, `fit()`, `leave()`. */
class Walker {
  constructor(cy, act) {
    Object.assign(this, { cy, act, level: "nodes", at: "", from: "" });
  }

  /** Where the walk goes on, after a click or for a new picture. */
  stand(key, level = "") {
    const element = this.cy.getElementById(key);
    this.at = element.nonempty() ? key : "";
    if (this.at) this.level = level || Object.keys(LEVELS).find((name) => element.is(LEVELS[name]));
    if (this.at && element.isNode()) this.from = key;
  }

  get element() {
    return this.at ? this.cy.getElementById(this.at) : this.within(this.level)[0];
  }

  /** What can be walked at a level: of arrows those of the node where the walk was, one after the other. */
  within(level) {
    const all = this.cy.elements(LEVELS[level]);
    const from = this.cy.getElementById(this.from);
    if (level !== "arrows" || from.empty()) return all;
    const own = from.union(from.descendants()).connectedEdges();
    return own.empty() ? all : own.sort((one, other) => angle(one, from) - angle(other, from));
  }

  /** Begin at the first level, unless something is selected. */
  enter() {
    if (!this.at) this.level = Object.keys(LEVELS).find((level) => this.within(level).nonempty()) ?? "nodes";
    this.go(this.element);
  }

  go(element) {
    if (!element) return;
    this.stand(element.id());
    this.act.walk(element);
  }

  /** Change the level; false where there is none left, so that Tab does what it does everywhere. */
  change(step) {
    const levels = Object.keys(LEVELS).filter((level) => this.within(level).nonempty());
    const next = levels[levels.indexOf(this.level) + step];
    if (!next) return false;
    const { element } = this;
    this.level = next;
    const candidates = this.within(next);
    const related = { namespaces: element.parent(), nodes: element.isNode() ? element.children() : element.source() }[next];
    this.go(related?.nonempty() ? related[0] : candidates[0]);
    return true;
  }

  step(key) {
    if (this.level !== "arrows") return this.go(neighbour(this.element, this.within(this.level), DIRECTIONS[key]));
    return this.turn(key === "ArrowRight" || key === "ArrowDown" ? 1 : -1);
  }

  /** Go to the next or the one before of this level, round and round: so nothing is out of reach. */
  turn(by) {
    const candidates = this.within(this.level);
    const order = candidates.map((each) => each.id());
    this.go(candidates[(order.indexOf(this.at) + by + order.length) % order.length]);
  }

  /** Act on a key; false where it means nothing here. */
  press(event) {
    const { key } = event;
    const { element, act } = this;
    if (key === "Escape") act.leave();
    else if (key === "+" || key === "=") act.zoom(ZOOM_STEP);
    else if (key === "-") act.zoom(1 / ZOOM_STEP);
    else if (key === "0") act.fit();
    else if (!element) return false;
    else if (key === "Tab") return this.change(event.shiftKey ? -1 : 1);
    else if (key in DIRECTIONS) this.step(key);
    else if (key === "PageDown" || key === "PageUp") this.turn(key === "PageDown" ? 1 : -1);
    else if (key === "Home") this.go(this.within(this.level)[0]);
    else if (key === "End") this.go(this.within(this.level).last()[0]);
    else if (key === "o" || (key === "Enter" && element.hasClass("summary"))) act.open(element.id());
    else if (key === "Enter" || key === " ") act.select(element.id());
    else return false;
    return true;
  }
}
