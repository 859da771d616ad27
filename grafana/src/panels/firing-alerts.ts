import { MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import { alertsFiringSince } from "../alerts.ts";
import { table, time } from "../table.ts";

/** Every alert that fires, the latest first. */
export const firingAlerts = () =>
  table(
    {
      title: "Alerts firing",
      description:
        "Alerts of Outliers that fire now, and since when their condition holds. The runbook says what each means.",
      unit: "short",
    },
    [alertsFiringSince],
    [
      {
        from: "severity",
        title: "Severity",
        width: 70,
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
      { from: "Value", title: "Since", width: 75, properties: [time] },
    ],
    [{ by: "Since", descending: true }],
  ).noValue("No alert fires");
