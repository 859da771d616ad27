import { InputError, reasonOf } from "../errors.ts";
import { batchesOf, savedResponse } from "../prometheus/response.ts";
import type { Batch } from "../sample.ts";
import { Order } from "./order.ts";

/**
 * Reads a saved response of Prometheus's range query, which has to fit into memory.
 * @param text in UTF-8
 * @throws InputError
 */
export async function* readJson(text: AsyncIterable<Buffer>): AsyncGenerator<Batch> {
  const chunks: Buffer[] = [];
  for await (const chunk of text) chunks.push(chunk);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new InputError(`it looks like JSON, and is not: ${reasonOf(error)}`);
  }
  const saved = savedResponse.safeParse(parsed);
  if (!saved.success) {
    throw new InputError(
      'it is JSON, but not the response to a range query of Prometheus: expected {"status":"success","data":{"resultType":"matrix","result":[…]}}',
    );
  }
  if (saved.data.status === "error") {
    throw new InputError(`Prometheus answered ${saved.data.errorType}: ${saved.data.error}`);
  }
  const order = new Order("value", "ask for fewer, as with sum by (…)");
  yield* batchesOf(saved.data.data.result, order);
  order.check();
}
