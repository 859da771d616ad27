// https://grafana.com/docs/grafana/latest/administration/provisioning/: Grafana ignores unknown keys,
// so misspelt ones would go unnoticed.
import { z } from "zod";

const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/);
const uid = z.string().regex(/^[\w-]{1,40}$/);

// https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/
const prometheusOptions = z.strictObject({
  httpMethod: z.enum(["POST", "GET"]).optional(),
  timeInterval: duration.optional(),
  queryTimeout: duration.optional(),
  prometheusType: z.enum(["Prometheus", "Cortex", "Mimir", "Thanos"]).optional(),
  prometheusVersion: z.string().optional(),
  cacheLevel: z.enum(["Low", "Medium", "High", "None"]).optional(),
  manageAlerts: z.boolean().optional(),
  disableRecordingRules: z.boolean().optional(),
  incrementalQueryOverlapWindow: duration.optional(),
});

const orgId = z.int().positive();

export const dataSourcesFile = z.strictObject({
  apiVersion: z.literal(1),
  prune: z.boolean().optional(),
  deleteDatasources: z.array(z.strictObject({ name: z.string(), orgId })).optional(),
  datasources: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z.literal("prometheus"),
        access: z.enum(["proxy", "direct"]),
        orgId: orgId.optional(),
        uid,
        url: z.url(),
        user: z.string().optional(),
        database: z.string().optional(),
        basicAuth: z.boolean().optional(),
        basicAuthUser: z.string().optional(),
        withCredentials: z.boolean().optional(),
        isDefault: z.boolean().optional(),
        jsonData: prometheusOptions,
        secureJsonData: z.record(z.string(), z.string()).optional(),
        version: z.int().optional(),
        editable: z.boolean(),
      }),
    )
    .nonempty(),
});

export const dashboardsFile = z.strictObject({
  apiVersion: z.literal(1),
  providers: z
    .array(
      z.strictObject({
        name: z.string(),
        orgId: orgId.optional(),
        folder: z.string().optional(),
        folderUid: uid.optional(),
        type: z.literal("file"),
        disableDeletion: z.boolean(),
        updateIntervalSeconds: z.int().positive().optional(),
        allowUiUpdates: z.boolean(),
        options: z.strictObject({
          path: z.string().startsWith("/"),
          foldersFromFilesStructure: z.boolean().optional(),
        }),
      }),
    )
    .nonempty(),
});
