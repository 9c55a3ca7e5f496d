/**
 * Tables of the page: a caption, headings that belong to their rows and columns, and a
 * frame that scrolls where a table is wider than the screen.
 */
import { each, html, type Content, type Markup } from "./markup.js";

export interface TableOptions {
  /** What the table shows; read aloud before it, and shown above it if `isTitled`. */
  readonly caption: string;
  readonly isTitled?: boolean;
  readonly head: readonly Content[];
  readonly rows: readonly Row[];
  /** Columns of words, which are aligned to the left as the first is. */
  readonly words?: readonly number[];
}

/** The first cell is the row's heading. */
export type Row = readonly Content[] | Heading;

/** A row across the table, for those below it. */
interface Heading {
  readonly heading: string;
}

export function renderTable(options: TableOptions): Markup {
  const { caption, head, rows, words = [], isTitled = false } = options;
  const kind = (column: number) =>
    column === 0 || words.includes(column) ? "word" : "number";
  return html`<div class="table" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption ${isTitled ? null : html`class="unseen"`}>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${each(
            head,
            (cell, column) => html`<th scope="col" class="${kind(column)}">${cell}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${each(rows, (row) =>
          "heading" in row
            ? html`<tr class="heading">
                <th scope="colgroup" colspan="${head.length}">${row.heading}</th>
              </tr>`
            : html`<tr>
                ${each(row, (cell, column) =>
                  column === 0
                    ? html`<th scope="row" class="word">${cell}</th>`
                    : html`<td class="${kind(column)}">${cell}</td>`,
                )}
              </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A judgement, told by its sign and its word and not by its colour alone. */
export function renderMark(kind: "good" | "bad" | "even", word: string): Markup {
  const sign = { good: "✓", bad: "✗", even: "=" }[kind];
  return html`<span class="mark ${kind}"
    ><span aria-hidden="true">${sign}</span> ${word}</span
  >`;
}
