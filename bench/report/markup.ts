/**
 * Text that is HTML, and text that is not: whatever is put into a template is escaped,
 * unless it came out of one.
 */

/** Text that is HTML already. Made by {@link html} only, or from a file of our own. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes; null is nothing. */
export type Content = Markup | string | number | null | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that end a script, open a comment in one, or end a line of JavaScript. */
const UNSAFE_IN_SCRIPT = /[<>&\u2028\u2029]/g;

/** A template of HTML. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Markup {
  const text = strings.map((part, index) => part + render(values[index] ?? null));
  return new Markup(text.join(""));
}

/** Puts many things in place of one. */
export function each<T>(
  items: readonly T[],
  render: (item: T, index: number) => Content,
): Content {
  return items.map(render);
}

/** Escapes text for HTML: between tags, and in attributes that are in quotes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** JSON that may stand in a script element. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE_IN_SCRIPT,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function render(content: Content): string {
  if (content === null) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "object") return content.map(render).join("");
  return escapeHtml(String(content));
}
