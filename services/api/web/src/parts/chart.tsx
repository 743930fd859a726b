import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { dateFormat, numberFormat } from "../format/formats.ts";
import { useText } from "../text/index.tsx";

/** Where a line becomes another value: seconds since 1970, and the place of a pixel, null where there is none. */
export interface Point {
  at: number;
  value: number | null;
}

export interface Line {
  name: string;
  points: Point[];
  dashed?: boolean;
  /** Instants at which something was corrected. */
  marks?: number[];
}

const palette = ["--accent", "--bad", "--good", "--warn", "--soft"];

export function colourOf(place: number): string {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(palette[place % palette.length]!)
    .trim();
}

/** The points of all lines on one axis of time: each line's value holds until its next point. Undefined is before its first. */
export function aligned(lines: readonly Line[], from: number, to: number): [number[], ...(number | null)[][]] {
  const stops = [...new Set([from, to, ...lines.flatMap((l) => l.points.map((p) => p.at))])]
    .filter((s) => s >= from && s <= to)
    .sort((a, b) => a - b);
  const columns = lines.map((line) => {
    let place = 0;
    let value: number | null = null;
    return stops.map((stop) => {
      while (place < line.points.length && line.points[place]!.at <= stop) value = line.points[place++]!.value;
      return value;
    });
  });
  return [stops, ...columns];
}

interface Props {
  label: string;
  lines: Line[];
  from: number;
  to: number;
  /** Instants that are marked across the chart, each with its name. */
  upright?: { at: number; name: string }[];
  height?: number;
}

/** Steps of prices over valid time. What it shows is in the table beside it, too. */
export function Chart({ label, lines, from, to, upright = [], height = 280 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { t, locale, number } = useText();
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const again = () => setTheme((n) => n + 1);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("theme", again);
    dark.addEventListener("change", again);
    return () => {
      removeEventListener("theme", again);
      dark.removeEventListener("change", again);
    };
  }, []);
  const plot = useRef<uPlot>(null);
  const shape = `${lines.map((l) => `${l.name}${l.dashed}`).join()} ${locale} ${theme} ${height}`;
  const uprightNow = useRef(upright);
  uprightNow.current = upright;
  const marksNow = useRef(lines);
  marksNow.current = lines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for all that the options are made of
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const begun = performance.now();
    const ink = colour("--soft");
    const grid = { stroke: colour("--line"), width: 1 };
    const steps = uPlot.paths.stepped!({ align: 1 });
    const made = new uPlot(
      {
        width: element.clientWidth || 600,
        height,
        tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "UTC"),
        cursor: { drag: { x: true, y: false } },
        legend: { show: true, live: true },
        scales: { x: { time: true }, y: { range: (_u, low, high) => around(low, high) } },
        axes: [
          { stroke: ink, grid, ticks: grid, space: 84, values: (_u, ticks) => ticks.map((s) => axisDay(s, locale)) },
          { stroke: ink, grid, ticks: grid, size: 86, values: (_u, ticks) => ticks.map((v) => number(tick(v))) },
        ],
        series: [
          { label: t("time"), value: (_u, v) => (v == null ? "–" : axisDay(v, locale, true)) },
          ...lines.map((l, i) => ({
            label: l.name,
            stroke: colourOf(i),
            width: 2,
            ...(l.dashed ? { dash: [6, 4] } : {}),
            paths: steps,
            points: { show: false },
            spanGaps: false,
            value: (_u: uPlot, v: number | null) => (v == null ? "–" : number(tick(v))),
          })),
        ],
        hooks: {
          ready: [() => performance.measure("chart", { start: begun })],
          draw: [(u) => drawUprights(u, uprightNow.current), (u) => drawMarks(u, marksNow.current)],
        },
      },
      aligned(lines, from, to) as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(aligned(lines, from, to) as uPlot.AlignedData);
  }, [lines, from, to]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where uprights are is all that they are
  useEffect(() => plot.current?.redraw(false), [upright.map((u) => u.at).join()]);
  return <div className="chart" ref={box} role="img" aria-label={label} />;
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A little room above and below, and some where all is alike. */
function around(low: number, high: number): [number, number] {
  if (low == null || high == null) return [0, 1];
  const room = (high - low) * 0.1 || Math.abs(high) * 0.1 || 1;
  return [Math.max(0, low - room), high + room];
}

/** The number at an axis as a short text: it is where a line is drawn, not a price. */
const tick = (v: number) => (v === 0 ? "0" : numberFormat("en", { maximumSignificantDigits: 8, useGrouping: false }).format(v));

function axisDay(seconds: number, locale: string, long = false): string {
  const at = new Date(seconds * 1000);
  return dateFormat(locale, {
    timeZone: "UTC",
    day: "numeric",
    month: "short",
    ...(long ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : {}),
    year: "2-digit",
  } as Intl.DateTimeFormatOptions).format(at);
}

function drawUprights(u: uPlot, uprights: { at: number; name: string }[]) {
  const { ctx, bbox } = u;
  ctx.save();
  for (const { at, name } of uprights) {
    const x = u.valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour("--strong");
    ctx.fillStyle = colour("--soft");
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.fillText(name, x + 4, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

/** A ring where something was corrected. */
function drawMarks(u: uPlot, lines: readonly Line[]) {
  const { ctx } = u;
  ctx.save();
  lines.forEach((line, i) => {
    for (const at of line.marks ?? []) {
      const place = u.data[0].findLastIndex((x) => x <= at);
      const value = u.data[i + 1]?.[place];
      if (value == null) continue;
      ctx.strokeStyle = colourOf(1);
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.beginPath();
      ctx.arc(u.valToPos(at, "x", true), u.valToPos(value, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.stroke();
    }
  });
  ctx.restore();
}
