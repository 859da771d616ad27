import { type Counter, Gauge, type Histogram, type Registry } from "prom-client";

/** Something that has a family's values: prom-client's classes, and what wraps them. */
type Family = { get(): ReturnType<(Counter | Gauge | Histogram)["get"]> };

/** Exports a family under the name that it had, too: for one release after it was renamed. */
export function exportOldName(registry: Registry, family: Family, oldName: string): void {
  const alias = new Gauge({ name: oldName, help: "Deprecated.", registers: [registry] });
  alias.get = async () => {
    const { name, values, ...rest } = await family.get();
    return {
      ...rest,
      name: oldName,
      help: `Deprecated: use ${name}.`,
      values: values.map((value) =>
        "metricName" in value && value.metricName !== undefined
          ? { ...value, metricName: value.metricName.replace(name, oldName) }
          : value,
      ),
    };
  };
}
