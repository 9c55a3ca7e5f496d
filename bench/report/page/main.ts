/**
 * The report's script: draws its charts, and lets a reader choose among runs.
 *
 * Owns the page's behaviour; everything it shows is in the page. Without it, all runs'
 * tables are readable, and only the charts are missing.
 */
import type uPlot from "uplot";
import { drawChart } from "./chart.js";
import type { Payload, Plot } from "./payload.js";
import { readTheme } from "./theme.js";

/** Charts by the element that they are in. */
const charts = new Map<HTMLElement, uPlot>();
/** The run that is shown, by scenario. */
const selected = new Map<string, number>();
const { plots } = JSON.parse(document.getElementById("payload")!.textContent) as Payload;

document.documentElement.classList.add("has-script");
for (const picker of query("[data-pick]")) {
  picker.addEventListener("change", () => {
    select(picker);
    drawAll(query(`[data-of="${picker.dataset.pick}"] [data-plot]`));
  });
  select(picker);
}
drawAll();
watchWidths();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
// A canvas does not follow the style sheet onto paper by itself.
addEventListener("beforeprint", () => showPaper(true));
addEventListener("afterprint", () => showPaper(false));

/** Takes over what is chosen, and shows the parts of that run only. */
function select(picker: HTMLElement): void {
  const name = picker.dataset.pick!;
  const chosen = picker.querySelector<HTMLInputElement>("input:checked");
  selected.set(name, Number(chosen?.value ?? 0));
  for (const part of query(`[data-of="${name}"] [data-run]`)) {
    part.hidden = Number(part.dataset.run) !== selected.get(name);
  }
}

function drawAll(elements: readonly HTMLElement[] = query("[data-plot]")): void {
  const theme = readTheme();
  for (const element of elements) {
    charts.get(element)?.destroy();
    const plot = findPlot(element);
    if (plot) charts.set(element, drawChart(plot, element, theme));
  }
}

/** The chart of the chosen run, or the only one. */
function findPlot(element: HTMLElement): Plot | undefined {
  const known = plots[element.dataset.plot!] ?? [];
  const name = element.closest<HTMLElement>("[data-of]")?.dataset.of ?? "";
  return known[selected.get(name) ?? 0] ?? known[0];
}

/** Charts are as wide as their place. */
function watchWidths(): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const chart = charts.get(target as HTMLElement);
      const width = Math.floor(contentRect.width);
      if (chart && width > 0 && width !== chart.width) {
        chart.setSize({ width, height: chart.height });
      }
    }
  });
  for (const element of query("[data-plot]")) observer.observe(element);
}

/** On paper nothing can be opened: all is. */
function showPaper(isPaper: boolean): void {
  document.documentElement.classList.toggle("paper", isPaper);
  for (const details of document.querySelectorAll("details")) {
    if (isPaper && !details.open) details.dataset.opened = "";
    if ("opened" in details.dataset) details.open = isPaper;
    if (!isPaper) delete details.dataset.opened;
  }
  drawAll();
}

function query(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)];
}
