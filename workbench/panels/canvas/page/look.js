// How the picture looks in the theme of the page: cytoscape draws on a canvas, which knows no CSS variables.

const FILLED = 0.16; // how much of its border's colour a node's inside has
const DENSE = 120; // arrows, beyond which they are drawn finer
const LEAST_CONTRAST = { line: 3, text: 4.5 }; // as WCAG asks of graphics and of text

/** Colours as [red, green, blue, alpha]; a computed style is `rgb(…)`, `rgba(…)` or `color(srgb …)`. */
function parts(css) {
  const [red, green, blue, alpha = 1] = css.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
  const scale = css.startsWith("color(") ? 255 : 1;
  return [red * scale, green * scale, blue * scale, alpha];
}

function mix(below, above, share) {
  return [0, 1, 2].map((i) => Math.round(below[i] + (above[i] - below[i]) * share));
}

function luminance(colour) {
  const [r, g, b] = colour.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The colour, or so much nearer to the ink that it stands out from the surface. */
function readable(colour, surface, ink, least = LEAST_CONTRAST.line) {
  for (let share = 0; share < 1; share += 0.1) {
    const tried = mix(colour, ink, share);
    if (contrast(tried, surface) >= least) return tried;
  }
  return ink;
}

const css = (colour) => `rgb(${colour.slice(0, 3).map(Math.round).join(",")})`;

/** The colours of the theme as it is now, those that the picture brings among them. */
function palette(root, drawn) {
  const probe = root.appendChild(document.createElement("span"));
  const resolve = (text) => {
    probe.style.color = text;
    return parts(getComputedStyle(probe).color);
  };
  const surface = resolve("var(--nw-surface)").slice(0, 3);
  const over = (text) => {
    const colour = resolve(text);
    return mix(surface, colour, colour[3]);
  };
  const ink = readable(over("var(--nw-ink)"), surface, luminance(surface) > 0.4 ? [0, 0, 0] : [255, 255, 255], 7);
  const brand = readable(over("var(--nw-brand)"), surface, ink);
  const dark = luminance(surface) < 0.2;
  const marked = (name, fallback) => readable(over(`var(--jp-${name}-color1, ${fallback})`), surface, ink);
  const found = {
    surface, ink, brand,
    soft: readable(mix(surface, ink, 0.5), surface, ink),
    frame: mix(surface, ink, 0.045),
    workload: mix(surface, brand, 0.13),
    font: getComputedStyle(root).fontFamily,
    badges: { isolation: ink, exposed: brand, problems: marked("warn", "#b8450a"), anomalies: marked("error", "#b3261e") },
    strokes: (drawn.strokes ?? []).map((stroke) => readable(over(dark ? stroke.dark : stroke.color), surface, ink)),
    fills: (drawn.fills ?? []).map((fill) => readable(over(fill.color), surface, ink)),
  };
  probe.remove();
  return found;
}

const dashes = (pattern) => (pattern.length ? { "line-style": "dashed", "line-dash-pattern": pattern } : { "line-style": "solid" });

/** Cytoscape's style, in which a selector can name one class only; `label` is the size of labels on arrows, which is chosen so that they can be read. */
function stylesheet(colours, drawn, label) {
  const { ink, surface, soft, brand, strokes, fills } = colours;
  const dense = drawn.edges?.length > DENSE;
  const rule = (selector, style) => ({ selector, style });
  const head = (colour) => ({ "line-color": css(colour), "target-arrow-color": css(colour), "source-arrow-color": css(colour) });
  return [
    rule("node", {
      label: "data(label)", color: css(ink), "font-family": colours.font, "font-size": 15,
      "text-wrap": "wrap", "text-valign": "center", "text-halign": "center",
      "background-color": css(surface), "border-width": 1.5, "border-color": css(soft),
    }),
    rule("node[shape]", { shape: "data(shape)", width: "data(width)", height: "data(height)" }),
    rule("node.workload, node.summary", { "background-color": css(colours.workload), "border-color": css(brand) }),
    rule("node.summary", { "border-style": "double", "border-width": 6, "font-weight": "bold" }),
    rule("node.outside", { "border-style": "dashed" }),
    rule("node.stub", { "background-color": css(surface), "border-style": "dotted", color: css(readable(soft, surface, ink, LEAST_CONTRAST.text)) }),
    rule("node.frame", {
      shape: "round-rectangle", "background-color": css(colours.frame), "border-width": 1, "border-color": css(soft), padding: 14,
      "font-size": 16, "font-weight": "bold", "text-valign": "top", "text-margin-y": -4,
    }),
    ...fills.map((colour, i) => rule(`node[fill = ${i}]`, {
      "background-color": css(mix(surface, colour, FILLED)), "border-color": css(colour),
      "border-width": 1.5 * drawn.fills[i].width, "border-style": drawn.fills[i].dashed ? "dashed" : "solid",
    })),
    rule("edge", {
      "curve-style": "straight", width: "data(width)", "line-opacity": dense ? 0.5 : 0.85, "arrow-scale": dense ? 0.8 : 1.1,
      "target-arrow-shape": "triangle", label: "data(label)", "font-size": label, "font-family": colours.font, color: css(ink),
      "text-rotation": "autorotate", "text-background-color": css(surface), "text-background-opacity": 0.9,
      "text-background-padding": 1,
    }),
    rule("edge[bend]", { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)", "control-point-weights": 0.5 }),
    // Room for a label is found for each arrow, half-way or elsewhere.
    rule("edge[at]", { label: "", "source-label": "data(label)", "source-text-offset": "data(at)", "source-text-rotation": "autorotate" }),
    // Far enough out that a wide box does not cover them.
    rule("edge:loop", { "curve-style": "bezier", "control-point-step-size": 42, "loop-direction": "0deg", "loop-sweep": "-50deg" }),
    ...strokes.map((colour, i) => rule(`edge[stroke = ${i}]`, {
      ...head(colour), ...dashes(drawn.strokes[i].dash), "target-arrow-shape": drawn.strokes[i].head,
      "target-arrow-fill": drawn.strokes[i].head === "circle" ? "hollow" : "filled",
    })),
    ...strokes.map((_, i) => rule(`edge[stroke = ${i}][?both]`, { "source-arrow-shape": drawn.strokes[i].head })),
    ...strokes.flatMap((_, i) => (drawn.strokes[i].head !== "triangle" ? [] : [
      rule(`edge.wide[stroke = ${i}]`, { "target-arrow-shape": "triangle-cross" }),
      rule(`edge.wide[stroke = ${i}][?both]`, { "source-arrow-shape": "triangle-cross" }),
    ])),
    ...badgeRules(colours, drawn),
    rule(".faded", { opacity: 0.2 }),
    // What fades a frame as a whole would fade what stands in it twice.
    rule("node:parent.faded", { opacity: 1, "background-opacity": 0.4, "border-opacity": 0.3, "text-opacity": 0.4 }),
    rule("edge.lit", { "line-opacity": 1, "z-index": 10, label: "data(text)", "source-label": "" }),
    rule("edge.hovered", { "line-opacity": 1, "z-index": 11, label: "data(text)", "source-label": "" }),
    rule("node.chosen", { "border-width": 4, "border-style": "solid", "border-color": css(ink) }),
    rule("edge.chosen", { ...head(ink), "z-index": 11 }),
    rule("node.walked", { "overlay-color": css(brand), "overlay-opacity": 0.25, "overlay-padding": 6 }),
    rule("edge.walked", { "overlay-color": css(brand), "overlay-opacity": 0.3, "overlay-padding": 5, "z-index": 12, label: "data(text)", "source-label": "" }),
  ];
}
