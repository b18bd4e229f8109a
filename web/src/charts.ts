// Draws the charts of a page from the numbers that stand in it: each <figure data-chart> holds its data as JSON
// and a table of the same numbers. A chart that cannot be drawn leaves the table.

import * as Plot from "@observablehq/plot";

/** A figure, or "fewer than" where too few people stand behind it. */
type Disclosed = number | { fewer_than: number } | null;

const INK = "#1f2430";
const MUTED = "#565f6d";
const TEAL = "#0f5c5c";
const RUST = "#c4532d";
const BAND = "#dfe9e7";
const GREY = "#8b8f98";
const STEPS = ["#f3eee5", "#f3d9c9", "#eab193", "#d97b55", "#a93f1a"];
const THRESHOLDS = [2 / 3, 1, 1.5, 2];

const lang = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
const monthYear = new Intl.DateTimeFormat(lang, { month: "short", year: "numeric", timeZone: "UTC" });
const yearOnly = new Intl.DateTimeFormat(lang, { year: "numeric", timeZone: "UTC" });

const shown = (value: Disclosed): number | null => (typeof value === "number" ? value : null);
const day = (text: string): Date => new Date(`${text.slice(0, 10)}T00:00:00Z`);

/** Plot writes a <style> element into its picture; the page's policy forbids it and our style sheet has the rules. */
function plain(picture: SVGSVGElement | HTMLElement): SVGSVGElement | HTMLElement {
  for (const style of picture.querySelectorAll("style")) style.remove();
  picture.removeAttribute("aria-label");
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

function draw(options: Plot.PlotOptions): SVGSVGElement | HTMLElement {
  return plain(Plot.plot({ className: "gs-plot", ...options }));
}

function timeTicks(from: Date, to: Date, width: number): { ticks: Date[]; format: (d: Date) => string } {
  const years = to.getUTCFullYear() - from.getUTCFullYear();
  if (years >= 3) {
    const every = Math.max(1, Math.ceil(years / (width / 70)));
    const ticks: Date[] = [];
    for (let year = from.getUTCFullYear() + 1; year <= to.getUTCFullYear(); year += every) {
      ticks.push(new Date(Date.UTC(year, 0, 1)));
    }
    return { ticks, format: (d) => yearOnly.format(d) };
  }
  const months = (to.getTime() - from.getTime()) / 2_629_800_000;
  const every = [1, 2, 3, 6, 12].find((step) => months / step <= width / 95) ?? 12;
  const ticks: Date[] = [];
  for (let at = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1)); at <= to; ) {
    if (at >= from && at.getUTCMonth() % every === 0) ticks.push(at);
    at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  return { ticks, format: (d) => monthYear.format(d) };
}

// ---- map ----------------------------------------------------------------------------------------------------

interface Area {
  name: string;
  geometry: GeoJSON.Geometry | null;
  longitude: number;
  latitude: number;
  ratio: Disclosed;
  text: string;
  is_marked: boolean;
}
interface MapData {
  areas: Area[];
  labels: { fewer: string; more: string; hidden: string; marked: string };
}
declare namespace GeoJSON {
  type Position = number[];
  type Coordinates = Position | Coordinates[];
  interface Geometry {
    type: string;
    coordinates: Coordinates;
    geometries?: Geometry[];
  }
}

/** Longitudes are shortened by the latitude, so that shapes keep their form; a plane needs no winding order. */
function flatten(geometry: GeoJSON.Geometry, squeeze: number): GeoJSON.Geometry {
  const walk = (c: GeoJSON.Coordinates): GeoJSON.Coordinates => {
    if (typeof c[0] === "number") {
      const [x = 0, y = 0] = c as number[];
      return [x * squeeze, y];
    }
    return (c as GeoJSON.Coordinates[]).map(walk);
  };
  return { ...geometry, coordinates: walk(geometry.coordinates) };
}

function colour(ratio: Disclosed): string {
  const value = shown(ratio);
  if (value === null) return "url(#gs-hatch)";
  return STEPS[THRESHOLDS.filter((limit) => value >= limit).length] ?? INK;
}

function hatch(svg: Element): void {
  const ns = "http://www.w3.org/2000/svg";
  const defs = document.createElementNS(ns, "defs");
  const pattern = document.createElementNS(ns, "pattern");
  const attributes = { id: "gs-hatch", width: "6", height: "6", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  for (const [name, value] of Object.entries(attributes)) pattern.setAttribute(name, value);
  const ground = document.createElementNS(ns, "rect");
  ground.setAttribute("width", "6");
  ground.setAttribute("height", "6");
  ground.setAttribute("fill", "#fff");
  const line = document.createElementNS(ns, "rect");
  line.setAttribute("width", "1.5");
  line.setAttribute("height", "6");
  line.setAttribute("fill", "#c9c4ba");
  pattern.append(ground, line);
  defs.append(pattern);
  svg.prepend(defs);
}

function mapChart(data: MapData, width: number): Element[] {
  const latitudes = data.areas.map((a) => a.latitude);
  const middle = latitudes.reduce((sum, y) => sum + y, 0) / Math.max(1, latitudes.length);
  const squeeze = Math.abs(middle) <= 85 ? Math.cos((middle * Math.PI) / 180) : 1;
  const feature = (a: Area) => ({
    type: "Feature" as const,
    properties: a,
    geometry: a.geometry
      ? flatten(a.geometry, squeeze)
      : { type: "Point", coordinates: [a.longitude * squeeze, a.latitude] },
  });
  const features = data.areas.map(feature);
  const marked = features.filter((f) => f.properties.is_marked);
  const all = { type: "FeatureCollection", features };
  type Shape = (typeof features)[number];
  const svg = draw({
    width,
    height: Math.min(560, Math.max(260, width * 0.82)),
    margin: 4,
    projection: { type: "reflect-y", domain: all as never, inset: 4 },
    marks: [
      Plot.geo(features as never, {
        fill: ((f: Shape) => colour(f.properties.ratio)) as never,
        stroke: "#fff",
        strokeWidth: features.length > 300 ? 0.4 : 1.2,
        r: 5,
        title: ((f: Shape) => `${f.properties.name}\n${f.properties.text}`) as never,
      }),
      Plot.geo(marked as never, { fill: "none", stroke: INK, strokeWidth: 2.6, strokeLinejoin: "round", r: 6, pointerEvents: "none" }),
    ],
  });
  hatch(svg);

  const legend = document.createElement("p");
  legend.className = "legend";
  const ns = "http://www.w3.org/2000/svg";
  const swatches = (colours: string[], outline = false): SVGSVGElement => {
    const picture = document.createElementNS(ns, "svg");
    picture.setAttribute("width", String(24 * colours.length));
    picture.setAttribute("height", "14");
    picture.setAttribute("aria-hidden", "true");
    colours.forEach((fill, index) => {
      const box = document.createElementNS(ns, "rect");
      const set = { x: String(24 * index + 1), y: "1", width: "22", height: "12", fill, stroke: outline ? INK : "#cfc8bb", "stroke-width": outline ? "2.4" : "1" };
      for (const [name, value] of Object.entries(set)) box.setAttribute(name, value);
      picture.append(box);
    });
    return picture;
  };
  const part = (...nodes: (Node | string)[]): HTMLSpanElement => {
    const span = document.createElement("span");
    span.append(...nodes);
    return span;
  };
  legend.append(part(`${data.labels.fewer} `, swatches(STEPS), ` ${data.labels.more}`));
  if (marked.length > 0) legend.append(part(swatches(["#fff"], true), ` ${data.labels.marked}`));
  if (features.some((f) => shown(f.properties.ratio) === null)) {
    legend.append(part(swatches(["url(#gs-hatch)"]), ` ${data.labels.hidden}`));
  }
  return [svg, legend];
}

// ---- trend --------------------------------------------------------------------------------------------------

interface TrendPoint {
  day: string;
  observed: Disclosed;
  expected: Disclosed;
  low: Disclosed;
  high: Disclosed;
  is_marked: boolean;
}
interface TrendData {
  points: TrendPoint[];
  mark_from: string | null;
  labels: { observed: string; band: string; mark: string; hidden: string };
}

function trendChart(data: TrendData, width: number): Element[] {
  const points = data.points.map((p) => ({
    at: day(p.day),
    observed: shown(p.observed),
    fewer: p.observed !== null && typeof p.observed === "object" ? p.observed.fewer_than : null,
    expected: shown(p.expected),
    low: shown(p.low),
    high: shown(p.high),
    marked: p.is_marked,
  }));
  const first = points[0]?.at ?? new Date(0);
  const last = points.at(-1)?.at ?? first;
  const { ticks, format } = timeTicks(first, last, width);
  const banded = points.filter((p) => p.low !== null && p.high !== null);
  const top = Math.max(1, ...points.flatMap((p) => [p.observed ?? 0, p.high ?? 0, p.fewer ?? 0])) * 1.18;
  const few = points.length <= 80;
  const marks: Plot.Markish[] = [
    Plot.gridY({ ticks: 5, stroke: "#ebe6dc", strokeOpacity: 1 }),
    Plot.areaY(banded, { x: "at", y1: "low", y2: "high", fill: BAND }),
    Plot.lineY(points, { x: "at", y: "expected", stroke: GREY, strokeDasharray: "2,3" }),
    // Hidden counts lie somewhere on this bar.
    Plot.ruleX(points.filter((p) => p.fewer !== null), { x: "at", y1: 1, y2: (p: { fewer: number }) => p.fewer - 1, stroke: "#c9c4ba", strokeWidth: 3 }),
    Plot.lineY(points, { x: "at", y: "observed", stroke: TEAL, strokeWidth: 2 }),
    Plot.dot(points.filter((p) => p.marked && p.observed !== null), { x: "at", y: "observed", r: few ? 4 : 2.5, fill: RUST, stroke: "#fff", strokeWidth: 1 }),
  ];
  const labelled = banded[Math.floor(banded.length / 5)];
  if (labelled) {
    marks.push(Plot.text([labelled], { x: "at", y: "high", text: () => data.labels.band, dy: -8, fill: MUTED, textAnchor: "start", stroke: "#fff", strokeWidth: 3 }));
  }
  if (data.mark_from) {
    const at = day(data.mark_from);
    const late = at.getTime() - first.getTime() > (last.getTime() - first.getTime()) * 0.5;
    marks.push(
      Plot.ruleX([at], { stroke: INK, strokeDasharray: "3,3" }),
      Plot.text([at], { x: (d: Date) => d, y: top, text: () => data.labels.mark, textAnchor: late ? "end" : "start", dx: late ? -6 : 6, dy: 6, fill: INK, fontWeight: 600 }),
    );
  }
  const svg = draw({
    width,
    height: Math.max(220, Math.min(320, width * 0.5)),
    marginLeft: 44,
    marginRight: 16,
    marginTop: 14,
    x: { type: "utc", domain: [first, last], ticks, tickFormat: format, tickSize: 4, label: null },
    y: { domain: [0, top], ticks: 5, tickFormat: (n: number) => whole.format(n), tickSize: 0, label: null },
    marks,
  });
  return points.some((p) => p.fewer !== null) ? [svg, note(data.labels.hidden)] : [svg];
}

function note(text: string): Element {
  const line = document.createElement("p");
  line.className = "legend";
  line.textContent = text;
  return line;
}

// ---- forest -------------------------------------------------------------------------------------------------

interface ForestRow {
  label: string;
  estimate: Disclosed;
  low: Disclosed;
  high: Disclosed;
  is_open_above: boolean;
  is_reference: boolean;
  is_marked: boolean;
  note: string;
}
interface ForestData {
  rows: ForestRow[];
  reference: number;
  is_log: boolean;
  labels: { axis: string; reference: string; hidden: string };
}

function forestChart(data: ForestData, width: number): Element[] {
  const seen = data.rows.flatMap((r) => [shown(r.estimate), shown(r.low), shown(r.high)]).filter((x): x is number => x !== null && Number.isFinite(x));
  const positive = seen.filter((x) => x > 0);
  let low: number;
  let high: number;
  if (data.is_log) {
    low = Math.max(1 / 64, Math.min(data.reference / 1.5, ...positive)) / 1.1;
    high = Math.min(64, Math.max(data.reference * 1.5, ...positive)) * 1.1;
  } else {
    const spread = Math.max(...seen, data.reference) - Math.min(...seen, data.reference) || 1;
    low = Math.min(...seen, data.reference) - spread * 0.06;
    high = Math.max(...seen, data.reference) + spread * 0.06;
  }
  const clamp = (x: number): number => Math.min(high, Math.max(low, x));
  const rows = data.rows.map((r, index) => ({
    ...r,
    key: `${index}`,
    at: shown(r.estimate),
    from: clamp(shown(r.low) ?? low),
    to: r.is_open_above ? high : clamp(shown(r.high) ?? high),
    hidden: shown(r.estimate) === null,
  }));
  const open = rows.filter((r) => !r.hidden);
  const wide = width > 520 ? [1 / 3, 1.25] : [];
  const narrow = [1 / 4, 1 / 2, 3 / 4, 1, 1.5, 2, 3, 4, ...wide].sort((a, b) => a - b).filter((t) => t >= low && t <= high);
  const ticks = data.is_log && high / low < 5
    ? narrow
    : data.is_log
    ? [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32].filter((t) => t >= low && t <= high)
    : undefined;
  const longest = Math.max(...rows.map((r) => r.label.length), 4);
  const noteWidth = Math.max(...rows.map((r) => r.note.length), 0) * 6.6 + 12;
  const left = Math.min(width * 0.36, longest * 7.2 + 14);
  const svg = draw({
    width,
    height: rows.length * 34 + 56,
    marginLeft: left,
    marginRight: Math.min(width * 0.28, noteWidth),
    marginTop: 22,
    marginBottom: 34,
    x: {
      type: data.is_log ? "log" : "linear",
      domain: [low, high],
      ...(ticks ? { ticks } : { ticks: Math.max(3, Math.round(width / 130)) }),
      tickFormat: (n: number) => (data.is_log ? `${short.format(n)}×` : short.format(n)),
      tickSize: 4,
      label: null,
    },
    y: { type: "band", domain: rows.map((r) => r.key), label: null, axis: null },
    marks: [
      Plot.ruleX([data.reference], { stroke: INK, strokeWidth: 1.2 }),
      Plot.text([data.reference], { x: (d: number) => d, frameAnchor: "top", dy: -14, text: () => data.labels.reference, fill: MUTED }),
      Plot.link(open, { x1: "from", x2: "to", y1: "key", y2: "key", stroke: TEAL, strokeWidth: 2.4 }),
      Plot.text(open.filter((r) => r.is_open_above), { x: "to", y: "key", text: () => "→", dx: 4, fill: TEAL, fontWeight: 700 }),
      Plot.dot(open.filter((r) => r.at !== null), {
        x: (r: { at: number }) => clamp(r.at),
        y: "key",
        r: 5,
        fill: (r: ForestRow) => (r.is_marked ? RUST : r.is_reference ? "#fff" : TEAL),
        stroke: (r: ForestRow) => (r.is_marked ? RUST : TEAL),
        strokeWidth: 1.6,
      }),
      Plot.text(rows.filter((r) => r.hidden), { x: () => data.reference, y: "key", text: () => data.labels.hidden, fill: MUTED, textAnchor: "start", dx: 8 }),
      Plot.text(rows, { frameAnchor: "left", y: "key", text: "label", textAnchor: "start", dx: -left + 2, fill: INK, lineWidth: Math.max(6, left / 13), fontWeight: 600 }),
      Plot.text(rows, { frameAnchor: "right", y: "key", text: "note", textAnchor: "end", dx: Math.min(width * 0.28, noteWidth) - 2, fill: MUTED }),
    ],
  });
  return [svg, note(data.labels.axis)];
}

// ---- event study --------------------------------------------------------------------------------------------

interface EventPoint {
  step: number;
  estimate: Disclosed;
  low: Disclosed;
  high: Disclosed;
  is_reference: boolean;
}
interface EventStudyData {
  points: EventPoint[];
  labels: { axis: string; change: string; before: string; after: string };
}

function eventStudyChart(data: EventStudyData, width: number): Element[] {
  const points = data.points
    .map((p) => ({ step: p.step, at: shown(p.estimate), low: shown(p.low), high: shown(p.high), after: p.step >= 0, reference: p.is_reference }))
    .filter((p) => p.at !== null);
  const tone = (p: { after: boolean }): string => (p.after ? TEAL : GREY);
  const svg = draw({
    width,
    height: Math.max(240, Math.min(340, width * 0.5)),
    marginLeft: 56,
    marginRight: 16,
    marginTop: 24,
    marginBottom: 40,
    x: { label: data.labels.axis, labelAnchor: "center", labelArrow: "none", tickFormat: (n: number) => whole.format(n), ticks: Math.max(4, Math.round(width / 60)), tickSize: 4, inset: 14 },
    y: { ticks: 5, tickFormat: (n: number) => short.format(n), tickSize: 0, label: null, nice: true },
    marks: [
      Plot.gridY({ ticks: 5, stroke: "#ebe6dc", strokeOpacity: 1 }),
      Plot.ruleY([0], { stroke: INK }),
      Plot.ruleX([-0.5], { stroke: INK, strokeDasharray: "3,3" }),
      Plot.text([-0.5], { x: (d: number) => d, frameAnchor: "top", text: () => data.labels.change, dy: -14, fill: INK, fontWeight: 600 }),
      Plot.ruleX(points.filter((p) => p.low !== null && p.high !== null), { x: "step", y1: "low", y2: "high", stroke: tone, strokeWidth: 2.4 }),
      Plot.dot(points, { x: "step", y: "at", r: 5, fill: (p: { after: boolean; reference: boolean }) => (p.reference ? "#fff" : tone(p)), stroke: tone, strokeWidth: 1.6 }),
    ],
  });
  return [svg];
}

// ---- interrupted time series ----------------------------------------------------------------------------------

interface ItsPoint {
  day: string;
  observed: Disclosed;
  fitted: Disclosed;
  counterfactual: Disclosed;
  low: Disclosed;
  high: Disclosed;
}
interface ItsData {
  points: ItsPoint[];
  changed_on: string;
  labels: { change: string; without: string; fitted: string; observed: string };
}

function itsChart(data: ItsData, width: number): Element[] {
  const points = data.points.map((p) => ({
    at: day(p.day),
    observed: shown(p.observed),
    fitted: shown(p.fitted),
    without: shown(p.counterfactual),
    low: shown(p.low),
    high: shown(p.high),
  }));
  const first = points[0]?.at ?? new Date(0);
  const last = points.at(-1)?.at ?? first;
  const { ticks, format } = timeTicks(first, last, width);
  const values = points.flatMap((p) => [p.observed, p.fitted, p.high]).filter((v): v is number => v !== null);
  const top = Math.max(...values, 1e-9) * 1.16;
  const change = day(data.changed_on);
  const late = change.getTime() - first.getTime() > (last.getTime() - first.getTime()) * 0.5;
  const after = points.filter((p) => p.without !== null);
  const end = after.at(-1);
  const fitted = points.filter((p) => p.fitted !== null);
  const last_fit = fitted.at(-1);
  const svg = draw({
    width,
    height: Math.max(240, Math.min(380, width * 0.5)),
    marginLeft: 48,
    marginRight: width > 520 ? 150 : 16,
    marginTop: 18,
    x: { type: "utc", domain: [first, last], ticks, tickFormat: format, tickSize: 4, label: null },
    y: { domain: [Math.min(0, ...values), top], ticks: 5, tickFormat: (n: number) => short.format(n), tickSize: 0, label: null },
    marks: [
      Plot.gridY({ ticks: 5, stroke: "#ebe6dc", strokeOpacity: 1 }),
      Plot.areaY(after.filter((p) => p.low !== null && p.high !== null), { x: "at", y1: "low", y2: "high", fill: "#ece7dd" }),
      Plot.lineY(after, { x: "at", y: "without", stroke: MUTED, strokeWidth: 1.8, strokeDasharray: "5,4" }),
      Plot.dot(points.filter((p) => p.observed !== null), { x: "at", y: "observed", r: points.length > 80 ? 2 : 3, fill: TEAL, fillOpacity: 0.55 }),
      Plot.lineY(fitted.filter((p) => p.at < change), { x: "at", y: "fitted", stroke: TEAL, strokeWidth: 2.4 }),
      Plot.lineY(fitted.filter((p) => p.at >= change), { x: "at", y: "fitted", stroke: TEAL, strokeWidth: 2.4 }),
      Plot.ruleX([change], { stroke: INK, strokeDasharray: "3,3" }),
      Plot.text([change], { x: (d: Date) => d, y: top, text: () => data.labels.change, textAnchor: late ? "end" : "start", dx: late ? -6 : 6, dy: 6, fill: INK, fontWeight: 600 }),
      ...(width > 520 && end ? [Plot.text([end], { x: "at", y: "without", text: () => data.labels.without, textAnchor: "start", dx: 8, fill: MUTED, lineWidth: 11 })] : []),
      ...(width > 520 && last_fit ? [Plot.text([last_fit], { x: "at", y: "fitted", text: () => data.labels.fitted, textAnchor: "start", dx: 8, fill: TEAL, fontWeight: 600, lineWidth: 11 })] : []),
    ],
  });
  return width > 520 ? [svg] : [svg, note(`${data.labels.fitted} · – – ${data.labels.without}`)];
}

// ---- drawing ------------------------------------------------------------------------------------------------

const charts: Record<string, (data: never, width: number) => Element[]> = {
  map: mapChart,
  trend: trendChart,
  forest: forestChart,
  "event-study": eventStudyChart,
  its: itsChart,
};

function show(figure: HTMLElement): void {
  const chart = charts[figure.dataset.chart ?? ""];
  const place = figure.querySelector<HTMLElement>("[data-plot]");
  const source = figure.querySelector('script[type="application/json"]');
  if (!chart || !place || !source) return;
  const data = JSON.parse(source.textContent ?? "null") as never;
  let drawn = 0;
  const render = (): void => {
    const width = Math.floor(place.clientWidth);
    if (width === drawn || width < 40) return;
    drawn = width;
    try {
      place.replaceChildren(...chart(data, width));
    } catch (error) {
      place.hidden = true;
      console.error("A chart could not be drawn; its numbers stand in the table.", error);
    }
  };
  place.hidden = false;
  render();
  new ResizeObserver(render).observe(place);
}

for (const figure of document.querySelectorAll<HTMLElement>("figure[data-chart]")) show(figure);
