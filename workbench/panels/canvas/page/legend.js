// The legend: what is on the picture, in the picture's colours and in words.

const SVG = "http://www.w3.org/2000/svg";
const OUTLINES = {
  "round-rectangle": "M4 2H24Q27 2 27 5V11Q27 14 24 14H4Q1 14 1 11V5Q1 2 4 2Z",
  rectangle: "M1 2H27V14H1Z",
  barrel: "M3 3Q14 0 25 3Q28 8 25 13Q14 16 3 13Q0 8 3 3Z",
  hexagon: "M7 2H21L27 8L21 14H7L1 8Z",
  octagon: "M8 2H20L27 6V10L20 14H8L1 10V6Z",
  "cut-rectangle": "M5 2H23L27 5V11L23 14H5L1 11V5Z",
  ellipse: "M1 8A13 6 0 1 1 27 8A13 6 0 1 1 1 8Z",
};
const HEADS = {
  both: "M1 8H27M1 8L7 5V11ZM27 8L21 5V11Z",
  wide: "M1 8H27M27 8L21 5V11ZM19 4V12",
  loop: "M8 14C-2 2 26 0 19 12M19 12L15 8L22 7Z",
  thick: "M1 8H27M4 7H26V9H4Z",
};

function swatch(entry, colours, drawn) {
  const picture = document.createElementNS(SVG, "svg");
  const path = picture.appendChild(document.createElementNS(SVG, "path"));
  const look = { fill: "none", stroke: css(colours.ink), "stroke-width": 1.5, d: "M1 8H27" };
  if (entry.stroke !== undefined) {
    const dashed = drawn.strokes[entry.stroke].dashed;
    Object.assign(look, { stroke: css(colours.strokes[entry.stroke]), "stroke-width": 2.5, "stroke-dasharray": dashed ? "5 3" : "" });
  } else if (entry.head) {
    Object.assign(look, { d: HEADS[entry.head], fill: entry.head === "loop" ? "none" : css(colours.ink) });
  } else {
    const sort = entry.sort ?? "workload";
    const own = entry.fill === undefined ? undefined : colours.fills[entry.fill];
    const line = own ?? { workload: colours.brand, summary: colours.brand }[sort] ?? colours.soft;
    const fill = own ? mix(colours.surface, own, 0.16) : { frame: colours.frame, outside: colours.surface }[sort] ?? colours.workload;
    const dashed = sort === "outside" || drawn.fills[entry.fill]?.dashed;
    Object.assign(look, { d: OUTLINES[entry.shape], fill: css(fill), stroke: css(line), "stroke-dasharray": dashed ? "3 2" : "" });
    if (sort === "summary") look["stroke-width"] = 3;
  }
  for (const [name, value] of Object.entries(look)) path.setAttribute(name, value);
  picture.setAttribute("viewBox", "0 0 28 16");
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

/** Fill `place` anew; texts of the picture are text, never markup. */
function fillLegend(place, colours, drawn) {
  place.replaceChildren(
    ...(drawn.legend ?? []).map((entry) => {
      const item = document.createElement("li");
      item.append(swatch(entry, colours, drawn), entry.text);
      return item;
    }),
  );
}
