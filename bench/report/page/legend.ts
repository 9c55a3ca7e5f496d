/**
 * The legend's entries as buttons: uPlot makes them for a mouse only.
 */
import type uPlot from "uplot";

/** Lets series be shown and hidden with the keyboard, and says which are shown. */
export function openLegend(chart: uPlot): void {
  const labels = chart.root.querySelectorAll<HTMLElement>(".u-legend .u-series th");
  for (const [index, label] of labels.entries()) {
    // The first series is the horizontal axis, which has no entry.
    const series = chart.series[index + 1];
    const tell = () => label.setAttribute("aria-pressed", `${series?.show !== false}`);
    label.tabIndex = 0;
    label.setAttribute("role", "button");
    label.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      label.click();
    });
    label.addEventListener("click", tell);
    tell();
  }
}
