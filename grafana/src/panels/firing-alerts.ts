import { MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import { alertsFiringSince } from "../alerts.ts";
import { table, time } from "../table.ts";

/** Every firing alert, critical and latest ones first. */
export const firingAlerts = () =>
  table(
    {
      title: "Alerts firing",
      description:
        "Alerts that are firing, and since when their condition has held. The runbook explains each of them.",
      unit: "short",
    },
    // Each once for a host: there is one for every series of a query.
    [`topk(50, min by (severity, alertname, job, instance) (${alertsFiringSince}))`],
    [
      {
        from: "severity",
        title: "Severity",
        width: 100,
        properties: [
          { id: "custom.cellOptions", value: { type: "color-text" } },
          {
            id: "mappings",
            value: [
              {
                type: MappingType.ValueToText,
                options: { critical: { color: "red" }, warning: { color: "orange" } },
              },
            ],
          },
        ],
      },
      { from: "alertname", title: "Alert", width: 150 },
      { from: "instance", title: "Host" },
      { from: "Value", title: "Since", width: 88, properties: [time] },
    ],
    [
      { by: "Severity", descending: false },
      { by: "Since", descending: true },
    ],
  ).noValue("No alert is firing");
