import {
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { type About, describe, instantTable } from "./panel.ts";

/**
 * A column of a table of queries.
 * @property from the label or query whose values it shows, such as `Value #A`
 * @property width in pixels; if absent, it shares the remaining width
 */
export type Column = {
  from: string;
  title: string;
  width?: number;
  properties?: DynamicConfigValue[];
  hidden?: boolean;
};

/**
 * A table of the results of queries at the end of the time range; rows with the same labels are merged.
 * @param queries one per letter, from A on
 * @param columns from left to right; other labels that a scrape adds follow
 * @param sort titles of columns, and whether their highest value comes first
 */
export const table = (
  about: About,
  queries: readonly string[],
  columns: readonly Column[],
  sort: readonly { by: string; descending: boolean }[],
) => {
  const panel = describe(new TableBuilder(), about).cellHeight(TableCellHeight.Sm);
  queries.forEach((expr, index) => {
    panel.withTarget(instantTable(String.fromCharCode(65 + index), expr));
  });
  // Value columns without a title are only used for joining or sorting.
  const titled = new Set(columns.map(({ from }) => from));
  const untitled = [
    "Time",
    "job",
    ...queries.map((_, index) => valueColumn(index, queries.length)),
  ];
  panel
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(
          untitled.filter((name) => !titled.has(name)).map((name) => [name, true]),
        ),
        indexByName: Object.fromEntries(columns.map(({ from }, index) => [from, index])),
        renameByName: Object.fromEntries(columns.map(({ from, title }) => [from, title])),
      },
    })
    .sortBy(
      sort.map(({ by, descending }) =>
        new TableSortByFieldStateBuilder().displayName(by).desc(descending),
      ),
    );
  for (const { title, width, properties = [], hidden = false } of columns)
    panel.overrideByName(title, [
      // The panel's own text is for a table without rows.
      { id: "noValue", value: "–" },
      ...(width === undefined ? [] : [{ id: "custom.width", value: width }]),
      ...(hidden ? [{ id: "custom.hidden", value: true }] : []),
      ...properties,
    ]);
  return panel;
};

/** Grafana's name of the column with a query's values: a single query has no letter. */
const valueColumn = (index: number, queries: number): string =>
  queries === 1 ? "Value" : `Value #${String.fromCharCode(65 + index)}`;

/** A column of times, with the date only if it is not today. */
export const time: DynamicConfigValue = { id: "unit", value: "dateTimeAsIsoNoDateIfToday" };
