import { type Counter, Gauge, type Histogram, type Registry } from "prom-client";

/** Anything with a family's values: prom-client's metrics and their wrappers. */
type Family = { get(): ReturnType<(Counter | Gauge | Histogram)["get"]> };

/** Also exports a family under its previous name, for one release after it was renamed. */
export function exportOldName(registry: Registry, family: Family, oldName: string): void {
  const alias = new Gauge({ name: oldName, help: "Deprecated.", registers: [registry] });
  alias.get = async () => {
    const { name, values, ...rest } = await family.get();
    return {
      ...rest,
      name: oldName,
      help: `Deprecated: use ${name}.`,
      values: values.map((value) =>
        "metricName" in value && typeof value.metricName === "string"
          ? { ...value, metricName: value.metricName.replace(name, oldName) }
          : value,
      ),
    };
  };
}
