/**
 * The values where the cursor is, beside it.
 */
import type uPlot from "uplot";
import { format } from "../units.js";
import { resolveOrder } from "./data.js";
import type { Plot } from "./payload.js";
import type { Theme } from "./theme.js";

const GAP_PX = 12;

/** Follows the cursor of a chart, or of another that it has in common with it. */
export function createTooltip(plot: Plot, theme: Theme): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "tooltip";
  box.setAttribute("aria-hidden", "true");
  box.hidden = true;
  return {
    hooks: {
      init: (chart) => chart.over.append(box),
      setCursor: (chart) => {
        const { idx, left = -1 } = chart.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        box.replaceChildren(...listRows(chart, plot, idx!, theme));
        const isRight = left > chart.over.clientWidth / 2;
        const x = isRight ? left - GAP_PX - box.offsetWidth : left + GAP_PX;
        box.style.transform = `translateX(${Math.max(0, x)}px)`;
      },
    },
  };
}

/** What is known at an index, of the series that are shown. */
function listRows(chart: uPlot, plot: Plot, index: number, theme: Theme): HTMLElement[] {
  const title = document.createElement("strong");
  const { label, unit } = plot.x;
  const at = format(unit, plot.x.values[index]);
  title.textContent = unit === "ms" ? at : `${label}: ${at}`;
  const rows = resolveOrder(plot).flatMap(({ label, color, values }, order) => {
    const value = values[index] ?? null;
    if (value === null || chart.series[order + 1]?.show === false) return [];
    const row = document.createElement("span");
    row.style.setProperty("--swatch", theme.colors[color]);
    row.textContent = `${label} ${format(plot.y.unit, value)}`;
    return [row];
  });
  return [title, ...rows];
}
