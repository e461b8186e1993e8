/**
 * The plot of how cost grows, as SVG: cost per volume against the number of volumes, both by powers of ten. What grows in
 * proportion is a level line.
 */

/** One line of the plot. */
export interface Curve {
  readonly name: string;
  /** Number of volumes and microseconds per volume. */
  readonly points: readonly (readonly [volumes: number, cost: number])[];
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 190;
const TOP = 24;
const BOTTOM = 48;
const COLOURS = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#57606a"];

export function growthPlot(curves: readonly Curve[]): string {
  const points = curves.flatMap((curve) => curve.points);
  const x = scale(
    points.map(([volumes]) => volumes),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    points.map(([, cost]) => cost),
    HEIGHT - BOTTOM,
    TOP,
  );
  const parts = [
    ...x.powers.map((power) => tick(x.at(power), HEIGHT - BOTTOM, power.toLocaleString("en"))),
    ...y.powers.map((power) => row(y.at(power), `${power} µs`)),
    ...curves.map((curve, i) => line(curve, COLOURS[i % COLOURS.length] as string, { x: x.at, y: y.at })),
    ...labels(curves, y.at),
    text(LEFT, HEIGHT - 8, "volumes in the conf; ten to a group"),
    text(8, 14, "processor time per volume"),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Processor time per volume against the number of volumes</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}

interface Scale {
  readonly powers: readonly number[];
  readonly at: (value: number) => number;
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    powers: Array.from({ length: high - low + 1 }, (_, i) => Number((10 ** (low + i)).toPrecision(1))),
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
  };
}

function line(
  { points }: Curve,
  colour: string,
  at: { x: (value: number) => number; y: (value: number) => number },
): string {
  const places = points.map(([volumes, cost]) => [at.x(volumes).toFixed(1), at.y(cost).toFixed(1)] as const);
  const path = `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(",")).join(" ")}"/>`;
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
  return [path, ...dots].join("\n");
}

/** Names at the ends of the lines, kept apart from each other. */
function labels(curves: readonly Curve[], y: (value: number) => number): readonly string[] {
  const ends = curves.map(({ name, points }, i) => ({
    name,
    colour: COLOURS[i % COLOURS.length],
    at: y(points.at(-1)?.[1] ?? 1),
  }));
  let free = 0;
  return ends
    .sort((a, b) => a.at - b.at)
    .map(({ name, colour, at }) => {
      free = Math.max(at + 4, free + 15);
      return `<text x="${WIDTH - RIGHT + 12}" y="${free.toFixed(1)}" fill="${colour}">${name}</text>`;
    });
}

function tick(x: number, y: number, label: string): string {
  return `<line x1="${x.toFixed(1)}" y1="${TOP}" x2="${x.toFixed(1)}" y2="${y}" stroke="#eaeef2"/>\n<text x="${x.toFixed(1)}" y="${y + 18}" fill="#57606a" text-anchor="middle">${label}</text>`;
}

function row(y: number, label: string): string {
  return `<line x1="${LEFT}" y1="${y.toFixed(1)}" x2="${WIDTH - RIGHT}" y2="${y.toFixed(1)}" stroke="#eaeef2"/>\n<text x="${LEFT - 8}" y="${(y + 4).toFixed(1)}" fill="#57606a" text-anchor="end">${label}</text>`;
}

function text(x: number, y: number, label: string): string {
  return `<text x="${x}" y="${y}" fill="#57606a">${label}</text>`;
}
