/**
 * A query of a dashboard as Grafana would send it, and the panel or variable that sends it.
 * @property instant whether it is evaluated only at the end of the time range
 */
export type Expression = { panel: string; expr: string; instant: boolean };

/**
 * The values of variables on a dashboard with everything chosen, at the finest step of a data source
 * with `timeInterval: 5s`.
 * `$__rate_interval` is max($__interval + scrape interval, 4 × scrape interval):
 * https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 */
const builtIn: Record<string, string> = {
  __interval: "5s",
  __interval_ms: "5000",
  __rate_interval: "20s",
  __rate_interval_ms: "20000",
  __from: "0",
  __range: "900s",
  __range_s: "900",
  __range_ms: "900000",
};

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fields = (value: unknown): Fields => (isFields(value) ? value : {});

const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** All panels, including those in collapsed rows. */
const panelsIn = (parent: Fields): Fields[] =>
  list(parent.panels).flatMap((panel) => [panel, ...panelsIn(panel)]);

const substitute = (expr: string, values: Record<string, string>): string =>
  expr.replace(
    /\$(?:([a-zA-Z_]\w*)|\{(\w+)(?::\w+)?\})/g,
    (whole, plain: string | undefined, braced: string | undefined) => {
      const value = values[plain ?? braced ?? ""];
      if (value === undefined) throw new Error(`unknown variable ${whole} in: ${expr}`);
      return value;
    },
  );

/** `label_values(up{job="x"}, instance)` queries the series of `up{job="x"}`. */
const selectorOf = (query: string): string =>
  /^label_values\((.+),\s*\w+\)$/.exec(query)?.[1] ?? query;

/**
 * Every PromQL expression of a dashboard: those of panels, annotations and variables.
 * @throws Error if one uses a variable that the dashboard doesn't have
 */
export function expressions(dashboard: unknown): Expression[] {
  const root = fields(dashboard);
  const variables = list(fields(root.templating).list);
  const values = { ...builtIn };
  for (const variable of variables) values[text(variable.name)] = text(variable.allValue);

  const found: Expression[] = [];
  const add = (panel: string, expr: string, instant = false) => {
    if (expr !== "") found.push({ panel, expr: substitute(expr, values), instant });
  };
  for (const panel of panelsIn(root))
    for (const target of list(panel.targets))
      add(text(panel.title), text(target.expr), target.instant === true);
  for (const annotation of list(fields(root.annotations).list))
    add(`annotation ${text(annotation.name)}`, text(fields(annotation.target).expr));
  for (const { type, name, query } of variables)
    if (type === "query") add(`variable ${text(name)}`, selectorOf(text(fields(query).query)));
  return found;
}
