/**
 * A list of any length, of which only the rows in sight are in the page. It keeps the meaning of a table: how many rows
 * there are, and which one each is. Rows stand where they belong by themselves, which rows of a table element cannot.
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Pixels; a row has one line. The style sheet has the same. */
const ROW_HEIGHT = 34;
/** Rows drawn beyond what is in sight, so that scrolling shows no gap. */
const MARGIN = 10;

export interface VirtualListProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** The cells of a row, as many as there are columns. */
  readonly cells: (index: number) => readonly ComponentChildren[];
  readonly rowClass?: (index: number) => string;
  /** Scrolls to the top when it is another. */
  readonly about?: string;
  /** Called with the rows that are in sight, for lists that are fetched in pages. */
  readonly inSight?: (first: number, last: number) => void;
}

export function VirtualList(props: VirtualListProps): JSX.Element {
  const { label, columns, rows, cells, rowClass, about, inSight } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    frame.current?.scrollTo(0, 0);
  }, [about]);
  const first = Math.max(0, Math.min(Math.floor(top / ROW_HEIGHT) - MARGIN, rows - 1));
  const last = Math.min(rows, Math.ceil((top + height) / ROW_HEIGHT) + MARGIN);
  useEffect(() => inSight?.(first, last), [inSight, first, last]);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <div
      class="virtual"
      ref={frame}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={rows + 1}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      <div role="rowgroup" class="virtual-head">
        <div role="row" aria-rowindex={1} class="virtual-row">
          {columns.map((column) => (
            <span key={column} role="columnheader" data-column={column}>
              {column}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="virtual-body" style={{ height: `${rows * ROW_HEIGHT}px` }}>
        {shown.map((index) => (
          <div
            key={index}
            role="row"
            aria-rowindex={index + 2}
            class={`virtual-row ${rowClass?.(index) ?? ""}`}
            style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
          >
            {cells(index).map((cell, column) => (
              <span key={columns[column]} role="cell" data-column={columns[column]}>
                {cell}
              </span>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

interface Named {
  readonly names: readonly string[];
  readonly label: string;
  readonly column: string;
  readonly cell?: (name: string) => ComponentChildren;
}

/** A list of names. */
export function NameList({ names, label, column, cell }: Named): JSX.Element {
  if (names.length === 0) return <p class="empty">None.</p>;
  return (
    <VirtualList
      label={label}
      columns={[column]}
      rows={names.length}
      cells={(index) => [cell === undefined ? names[index] : cell(names[index] ?? "")]}
    />
  );
}
