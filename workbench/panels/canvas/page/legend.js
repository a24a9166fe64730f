// The legend: what is on the picture, in the picture's colours and in words.

const SVG = "http://www.w3.org/2000/svg";
const OUTLINES = {
  "round-rectangle": "M4 2H24Q27 2 27 5V11Q27 14 24 14H4Q1 14 1 11V5Q1 2 4 2Z",
  rectangle: "M1 2H27V14H1Z",
  barrel: "M3 3Q14 0 25 3Q28 8 25 13Q14 16 3 13Q0 8 3 3Z",
  hexagon: "M7 2H21L27 8L21 14H7L1 8Z",
  octagon: "M8 2H20L27 6V10L20 14H8L1 10V6Z",
  diamond: "M14 1L27 8L14 15L1 8Z",
  "cut-rectangle": "M5 2H23L27 5V11L23 14H5L1 11V5Z",
  ellipse: "M1 8A13 6 0 1 1 27 8A13 6 0 1 1 1 8Z",
};
const ARROWS = {
  heads: "M1 8H27M1 8L7 5V11ZM27 8L21 5V11Z",
  wide: "M1 8H27M27 8L21 5V11ZM19 4V12",
  loop: "M8 14C-2 2 26 0 19 12M19 12L15 8L22 7Z",
  thick: "M1 8H27M4 7H26V9H4Z",
};
const HEADS = { triangle: "M27 8L20 4.5V11.5Z", tee: "M26 3V13", diamond: "M27 8L23 4.5L19 8L23 11.5Z", circle: "M27.3 8A3 3 0 1 1 21.3 8A3 3 0 1 1 27.3 8Z" };
const FRAMED = OUTLINES["round-rectangle"];

/** The parts of a symbol: each a path and how it is painted. */
function symbol(entry, colours, drawn) {
  const line = { fill: "none", stroke: css(colours.ink), "stroke-width": 1.5 };
  const node = { ...line, fill: css(colours.workload), stroke: css(colours.brand) };
  if (entry.symbol === "line") {
    const { dash, head } = drawn.strokes[entry.stroke];
    const stroke = css(colours.strokes[entry.stroke]);
    return [
      { ...line, stroke, "stroke-width": 2.5, "stroke-dasharray": dash.join(" "), d: "M1 8H22" },
      { ...line, stroke, fill: head === "triangle" || head === "diamond" ? stroke : "none", d: HEADS[head] },
    ];
  }
  if (entry.symbol in ARROWS) return [{ ...line, fill: entry.symbol === "loop" ? "none" : css(colours.ink), d: ARROWS[entry.symbol] }];
  const filled = (own) => ({ ...node, fill: css(mix(colours.surface, own, FILLED)), stroke: css(own) });
  if (entry.symbol === "shape") {
    const { data, classes } = (drawn.nodes ?? []).find((each) => each.data.shape === entry.shape) ?? { data: {}, classes: "" };
    const plain = classes === "outside" ? { ...node, fill: css(colours.surface), stroke: css(colours.soft) } : node;
    return [{ ...(data.fill === undefined ? plain : filled(colours.fills[data.fill])), d: OUTLINES[entry.shape] }];
  }
  if (entry.symbol === "fill") return [{ ...filled(colours.fills[entry.fill]), d: FRAMED }];
  if (entry.symbol === "frame") return [{ ...line, fill: css(colours.frame), stroke: css(colours.soft), d: FRAMED }];
  if (entry.symbol === "stub") return [{ ...line, fill: css(colours.surface), stroke: css(colours.soft), "stroke-dasharray": "2 2", d: FRAMED }];
  if (entry.symbol === "summed-up") return [{ ...node, "stroke-width": 1, d: `${FRAMED}M6 4.5H22Q24.5 4.5 24.5 8T22 11.5H6Q3.5 11.5 3.5 8T6 4.5Z` }];
  return [{ ...node, d: `${FRAMED}M6 6H22M6 10H22` }];
}

function swatch(entry, colours, drawn) {
  if (entry.badge) return Object.assign(document.createElement("img"), { src: badge(entry.badge, colours), alt: "" });
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 28 16");
  picture.setAttribute("aria-hidden", "true");
  for (const part of symbol(entry, colours, drawn)) {
    const path = picture.appendChild(document.createElementNS(SVG, "path"));
    for (const [name, value] of Object.entries(part)) path.setAttribute(name, value);
  }
  return picture;
}

/** Fill both lists anew; texts of the picture are text, never markup. */
function fillLegend(arrows, others, colours, drawn) {
  const item = (entry) => {
    const made_ = document.createElement("li");
    made_.append(swatch(entry, colours, drawn), entry.text);
    return made_;
  };
  const entries = drawn.legend ?? [];
  arrows.replaceChildren(...entries.filter((entry) => entry.symbol === "line").map(item));
  others.replaceChildren(...entries.filter((entry) => entry.symbol !== "line").map(item));
}
