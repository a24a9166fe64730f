// The small marks on nodes: as images, since cytoscape draws those at a node's corners.

const SHIELD = "M8 1L14 3V8Q14 13 8 15Q2 13 2 8V3Z";
const MARKS = {
  "isolation-both": { d: SHIELD, filled: SHIELD },
  "isolation-ingress": { d: `${SHIELD}M2 8H9M6.5 5L9.5 8L6.5 11` },
  "isolation-egress": { d: `${SHIELD}M7 8H14M11 5L14 8L11 11` },
  "isolation-none": { d: `${SHIELD}M4 4L12 12`, dashed: true },
  exposed: { d: "M8 1.5A6.5 6.5 0 1 1 7.9 1.5ZM1.5 8H14.5M8 1.5Q3 8 8 14.5M8 1.5Q13 8 8 14.5" },
  problems: { d: "M8 1.5L15 14H1ZM8 6V10M8 11.5V13" },
  anomalies: { d: "M8 1L15 8L8 15L1 8ZM4.5 8Q6.5 5 8 8T11.5 8" },
};
const CORNERS = { isolation: ["0%", "0%"], exposed: ["100%", "0%"], problems: ["100%", "100%"], anomalies: ["0%", "100%"] };
const SIZE = 16;

/** A mark as the address of an image, which holds nothing but these lines and colours. */
function badge(name, colours) {
  const mark = MARKS[name];
  const colour = css(colours.badges[name.split("-")[0]]);
  const filled = mark.filled ? `<path d="${mark.filled}" fill="${colour}"/>` : "";
  const dashes = mark.dashed ? ' stroke-dasharray="2 1.5"' : "";
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE * 2}" height="${SIZE * 2}" viewBox="-1 -1 18 18">` +
      `<path d="${mark.d}" fill="${css(colours.surface)}" stroke="${colour}" stroke-width="1.5"${dashes}/>${filled}</svg>`,
  )}`;
}

/** Cytoscape's style for each set of marks that occurs. */
function badgeRules(colours, drawn) {
  const sets = new Set((drawn.nodes ?? []).map((node) => node.data.badges).filter(Boolean));
  return [...sets].map((set) => {
    const names = set.split(" ");
    const corner = (axis) => names.map((name) => CORNERS[name.split("-")[0]][axis]);
    const each = (value) => names.map(() => value);
    return {
      selector: `node[badges = "${set}"]`,
      style: {
        "background-image": names.map((name) => badge(name, colours)), "background-image-containment": each("over"),
        "background-width": each(SIZE), "background-height": each(SIZE), "background-clip": each("none"), "background-fit": each("none"), "bounds-expansion": SIZE / 2,
        "background-position-x": corner(0), "background-position-y": corner(1),
        "background-offset-x": names.map((name) => (CORNERS[name.split("-")[0]][0] === "0%" ? -SIZE / 2 : SIZE / 2)),
        "background-offset-y": names.map((name) => (CORNERS[name.split("-")[0]][1] === "0%" ? -SIZE / 2 : SIZE / 2)),
      },
    };
  });
}
