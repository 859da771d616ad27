import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { parse } from "yaml";
import { z } from "zod";

const schema = z.object({
  route: z.object({ receiver: z.string(), group_by: z.tuple([z.literal("instance")]) }),
  receivers: z.array(
    z.looseObject({
      name: z.string(),
      webhook_configs: z.array(z.object({ url: z.string() })).optional(),
      email_configs: z.array(z.looseObject({ auth_password: z.string() })).optional(),
    }),
  ),
});

const script = fileURLToPath(new URL("../config.sh", import.meta.url));
const dotEnv = parseEnv(readFileSync(new URL("../../.env.example", import.meta.url), "utf8"));

const configOf = (settings: Record<string, string>) =>
  schema.parse(
    parse(
      execFileSync("sh", ["-e", script], {
        env: { ...process.env, ...dotEnv, ...settings },
        encoding: "utf8",
      }),
    ),
  );

it("notifies nobody by default", () => {
  assert.equal(configOf({}).route.receiver, "none");
});

it("has every receiver that ALERT_RECEIVER can name", () => {
  const names = configOf({}).receivers.map(({ name }) => name);
  assert.deepEqual(names, ["none", "webhook", "slack", "email"]);
});

it("takes settings literally, including quotes and dollar signs", () => {
  const odd = `it's "$HOME" \`id\` \\ #: {}`;
  const { receivers } = configOf({
    ALERT_RECEIVER: "webhook",
    ALERT_WEBHOOK_URL: odd,
    ALERT_SMTP_PASSWORD: odd,
  });
  assert.equal(receivers[1]?.webhook_configs?.[0]?.url, odd);
  assert.equal(receivers[3]?.email_configs?.[0]?.auth_password, odd);
});
