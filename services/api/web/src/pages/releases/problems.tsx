import { useState } from "react";
import type { SheetProblem } from "../../api/client.ts";
import { Badge, Field } from "../../parts/page.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { useText } from "../../text/index.tsx";

const order = { error: 0, warning: 1, note: 2 };

/** Problems of a sheet by row and column, the worst first. */
export function Problems({ problems }: { problems: readonly SheetProblem[] }) {
  const { t, number } = useText();
  const [rule, setRule] = useState("");
  const rules = [...new Set(problems.map((p) => p.rule))].sort();
  const shown = problems.filter((p) => !rule || p.rule === rule).sort((a, b) => order[a.severity] - order[b.severity] || a.row - b.row);
  const columns: Column<SheetProblem>[] = [
    { id: "severity", head: t("severity"), width: 7, cell: (p) => <Badge state={p.severity}>{t(`severity.${p.severity}`)}</Badge> },
    { id: "row", head: t("row"), width: 5, end: true, cell: (p) => (p.row ? number(p.row) : t("whole")) },
    { id: "column", head: t("column"), width: 10, cell: (p) => (p.sheet ? `${p.sheet} · ${p.column}` : p.column) },
    { id: "value", head: t("value"), width: 11, cell: (p) => <code>{p.value}</code>, title: (p) => p.value ?? "" },
    { id: "text", head: t("problem"), width: 32, cell: (p) => <span lang="en">{p.text}</span>, title: (p) => p.text ?? "" },
    { id: "rule", head: t("rule"), width: 12, cell: (p) => <code>{p.rule}</code> },
  ];
  return (
    <>
      {rules.length > 1 && (
        <div className="filters">
          <Field label={t("rule")}>
            <select value={rule} onChange={(e) => setRule(e.target.value)}>
              <option value="">{t("all")}</option>
              {rules.map((r) => (
                <option key={r}>{r}</option>
              ))}
            </select>
          </Field>
        </div>
      )}
      <Table label={t("problems")} columns={columns} rows={shown} rowKey={(p, i) => `${p.row} ${p.column} ${p.rule} ${i}`} tall={200} />
    </>
  );
}
