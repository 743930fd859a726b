import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { useText } from "../text/index.tsx";
import { Empty } from "./states.tsx";

export interface Column<T> {
  id: string;
  head: ReactNode;
  cell: (row: T, place: number) => ReactNode;
  /** A number is as wide as it says in rem; columns without share what is left. */
  width?: number;
  end?: boolean;
  title?: (row: T) => string;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  rowKey: (row: T, place: number) => string;
  empty?: ReactNode;
  rowClass?: (row: T) => string;
  /** Rows beyond this scroll within the table, and only those in sight are there. */
  tall?: number;
  total?: number;
  onEnd?: (() => void) | undefined;
}

const rowHeight = 36;

/** A table of any length. Long ones scroll within themselves and hold only the rows in sight; readers are told how many there are. */
export function Table<T>(props: Props<T>) {
  if (props.rows.length === 0) return <>{props.empty ?? <EmptyTable />}</>;
  return props.rows.length > (props.tall ?? 60) ? <Long {...props} /> : <Short {...props} />;
}

function EmptyTable() {
  const { t } = useText();
  return <Empty title={t("nothing")} />;
}

function Columns<T>({ columns }: { columns: Column<T>[] }) {
  return (
    <colgroup>
      {columns.map((c) => (
        <col key={c.id} style={c.width ? { width: `${c.width}rem` } : {}} />
      ))}
    </colgroup>
  );
}

function Head<T>({ columns }: { columns: Column<T>[] }) {
  return (
    <thead>
      <tr>
        {columns.map((c) => (
          <th key={c.id} scope="col" className={c.end ? "end" : ""}>
            {c.head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Rows that stay in sight while others come are not made again, as long as their columns are the same. */
const Row = memo(OneRow) as typeof OneRow;

function OneRow<T>({
  row,
  place,
  columns,
  className,
  index,
}: {
  row: T;
  place: number;
  columns: Column<T>[];
  className: string;
  index?: number;
}) {
  return (
    <tr className={className} {...(index ? { "aria-rowindex": index } : {})}>
      {columns.map((c) => (
        <td key={c.id} className={c.end ? "end" : ""} title={c.title?.(row)}>
          {c.cell(row, place)}
        </td>
      ))}
    </tr>
  );
}

/** How wide the columns want to be at least. */
const least = <T,>(columns: Column<T>[]) => `${columns.reduce((sum, c) => sum + (c.width ?? 11), 0)}rem`;

function Short<T>({ label, columns, rows, rowKey, rowClass }: Props<T>) {
  const { t } = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a form's group
    <div className="scroll" role="region" aria-label={t("tableOf", { name: label })} tabIndex={0}>
      <table style={{ minWidth: least(columns) }}>
        <Columns columns={columns} />
        <Head columns={columns} />
        <tbody>
          {rows.map((row, i) => (
            <Row key={rowKey(row, i)} row={row} place={i} columns={columns} className={rowClass?.(row) ?? ""} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Long<T>({ label, columns, rows, rowKey, rowClass, total, onEnd }: Props<T>) {
  const { t } = useText();
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12 });
  const seen = virtual.getVirtualItems();
  const first = seen[0];
  const last = seen.at(-1);
  const end = last !== undefined && last.index >= rows.length - 20;
  useEffect(() => {
    if (end) onEnd?.();
  }, [end, onEnd]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a form's group
    <div className="scroll long" role="region" aria-label={t("tableOf", { name: label })} tabIndex={0} ref={box}>
      <table style={{ minWidth: least(columns) }} aria-rowcount={(total ?? rows.length) + 1}>
        <Columns columns={columns} />
        <Head columns={columns} />
        <tbody>
          {first && first.start > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns.length} className="gap" style={{ height: first.start }} />
            </tr>
          )}
          {seen.map((v) => {
            const row = rows[v.index]!;
            return (
              <Row
                key={rowKey(row, v.index)}
                row={row}
                place={v.index}
                columns={columns}
                className={rowClass?.(row) ?? ""}
                index={v.index + 2}
              />
            );
          })}
          {last && virtual.getTotalSize() - last.end > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns.length} className="gap" style={{ height: virtual.getTotalSize() - last.end }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
