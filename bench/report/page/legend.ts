/**
 * The legend's entries as buttons: uPlot makes them for a mouse only.
 */
import type uPlot from "uplot";

/** Lets series be shown and hidden with the keyboard, and says which are shown. */
export function openLegend(chart: uPlot): void {
  const entries = chart.root.querySelectorAll<HTMLElement>(".u-legend .u-series");
  for (const [index, entry] of entries.entries()) {
    const label = entry.querySelector("th");
    // The first is the horizontal axis, which is always shown.
    if (label === null || index === 0) continue;
    label.tabIndex = 0;
    label.setAttribute("role", "button");
    const tell = () =>
      label.setAttribute("aria-pressed", `${chart.series[index]?.show !== false}`);
    label.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      label.click();
    });
    label.addEventListener("click", tell);
    tell();
  }
}
