/**
 * Colours of the charts, read from the style sheet: a canvas knows nothing of it.
 */
import type { PlotColor } from "./payload.js";

export interface Theme {
  readonly font: string;
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly card: string;
  readonly limit: string;
  readonly colors: Readonly<Record<PlotColor, string>>;
}

/** Reads what holds now: light, dark or paper. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    font: `12px ${read("font")}`,
    text: read("text"),
    soft: read("soft"),
    line: read("line"),
    card: read("card"),
    limit: read("limit"),
    colors: {
      blue: read("blue"),
      orange: read("orange"),
      green: read("green"),
      pink: read("pink"),
      red: read("red"),
      grey: read("grey"),
    },
  };
}

/** A colour of six digits with some of what is behind it shining through. */
export function fade(color: string, opacity: number): string {
  return `${color}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0")}`;
}
