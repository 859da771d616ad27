// Rules and Alertmanager, as run by `docker compose --profile alerts up`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { hostname } from "node:os";
import { json } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "@outliers/service/wait-for";
import { z } from "zod";
import {
  collectorMetric,
  compose,
  composeWith,
  containers,
  docker,
  dotEnv,
  get,
  inspect,
  make,
  memory,
  PORTS,
  warmUp,
} from "./stack.ts";

const SERVICES = ["detector", "collector", "prometheus", "alertmanager"];
const files = ["docker-compose.yml", "e2e/simulated-memory.yml", "e2e/alertmanager.yml"].flatMap(
  (file) => ["--file", file],
);
const up = [...files, "--profile", "alerts", "up", "--build", "--detach", "--wait", ...SERVICES];
const OPENED = /^collector_streams_opened_total/;
const folder = fileURLToPath(new URL("../prometheus", import.meta.url));

const notification = z.object({
  status: z.enum(["firing", "resolved"]),
  groupLabels: z.record(z.string(), z.string()),
  externalURL: z.string(),
  alerts: z.array(
    z.object({
      status: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      generatorURL: z.string(),
    }),
  ),
});
const silenceList = z.array(
  z.object({
    comment: z.string(),
    matchers: z.array(
      z.object({
        name: z.string(),
        value: z.string(),
        isEqual: z.boolean(),
        isRegex: z.boolean(),
      }),
    ),
  }),
);
type Notification = z.infer<typeof notification>;

function promtool(...args: string[]): Promise<string> {
  const options = ["--rm", "--volume", `${folder}:/prometheus-files:ro`];
  const image = dotEnv.PROMETHEUS_IMAGE ?? "";
  return docker("run", ...options, "--entrypoint", "promtool", image, ...args);
}

describe("the rules", () => {
  it("pass promtool's checks", async () => {
    const rules = "/prometheus-files/rules/outliers.yml";
    await promtool("check", "rules", "--lint=all", "--lint-fatal", rules);
  });

  it("pass their unit tests", async () => {
    await promtool("test", "rules", "/prometheus-files/test/outliers.test.yml");
  });
});

describe("docker compose --profile alerts", () => {
  const notifications: Notification[] = [];
  let webhook: Server;

  before(async () => {
    webhook = createServer(async (request, response) => {
      notifications.push(notification.parse(await json(request)));
      response.end();
    });
    // Containers don't connect from loopback.
    webhook.listen(0, "0.0.0.0");
    await once(webhook, "listening");
    const bound = webhook.address();
    const port = typeof bound === "object" ? bound?.port : undefined;
    await composeWith(
      {
        ALERT_RECEIVER: "webhook",
        ALERT_WEBHOOK_URL: `http://host.docker.internal:${port}/`,
        ALERT_GROUP_WAIT: "5s",
        ALERT_GROUP_INTERVAL: "10s",
        // Alone, so that nothing that happens on this machine alerts.
        SOURCES: "memory",
      },
      ...up,
    );
  });
  after(async () => {
    await compose("--profile", "alerts", "down", "--volumes", "--timeout", "2");
    webhook.closeAllConnections();
    webhook.close();
  });

  it("runs Alertmanager without privileges", async () => {
    const [container = ""] = await containers("alertmanager");
    const format = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.Config.User}}";
    assert.match(await inspect(container, format), /^true \[ALL\] (?!root|0)\w+/);
  });

  it("notifies once when a fault of a host lasts, and once when it is over", async () => {
    await warmUp();
    const streamsOpened = await collectorMetric(OPENED);
    memory.use(80);
    await waitFor("a notification", 240_000, async () => notifications.length > 0);
    memory.use(30);
    const first = notifications.at(0);
    assert.equal(first?.status, "firing");
    assert.deepEqual(first?.groupLabels, { instance: hostname() });
    const [alert] = first?.alerts ?? [];
    const description = alert?.annotations.description ?? "";
    // Links must work for people, outside the container.
    assert.equal(first?.externalURL, `http://localhost:${PORTS.alertmanager}`);
    assert.match(alert?.generatorURL ?? "", new RegExp(`^http://localhost:${PORTS.prometheus}/`));
    assert.match(description, /memory_used_percent is [\d.]+, expected [\d.]+ \(score [\d.]+\)/);
    const { dashboard_url = "", runbook_url = "" } = alert?.annotations ?? {};
    assert.match(
      dashboard_url,
      new RegExp(
        `^http://localhost:${PORTS.grafana}/d/host-outliers\\?var-job=\\w+&var-instance=[^&]+&from=\\d{13}&to=\\d{13}$`,
      ),
    );
    assert.match(await (await fetch(runbook_url)).text(), /<h2 id="hostoutlierincident">/);
    await waitFor("the notification that it resolved", 300_000, async () =>
      notifications.some(({ status }) => status === "resolved"),
    );
    assert.deepEqual(
      notifications.map(({ status }) => status),
      ["firing", "resolved"],
    );
    // Connections have been renewed dozens of times by now; the stream continues.
    assert.equal(await collectorMetric(OPENED), streamsOpened);
  });

  it("can be silenced with make silence", async () => {
    await make("silence", "FOR=2h", "WHY=replacing the disk");
    const silences = silenceList.parse(
      JSON.parse(await get(PORTS.alertmanager, "/api/v2/silences")),
    );
    assert.equal(silences[0]?.comment, "replacing the disk");
    assert.deepEqual(silences[0].matchers, [
      { name: "instance", value: hostname(), isEqual: true, isRegex: false },
    ]);
  });
});
