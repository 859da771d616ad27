import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { Method, type Metric, OutliersClient } from "@outliers/proto";

const DETECT = "/pb.Outliers/Detect";
const STREAM = "/pb.Outliers/DetectStream";

/** A message of gRPC: whether it is compressed, its length, its bytes. */
function framed(body: Buffer, isCompressed = false, announced = body.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(announced, 1);
  return Buffer.concat([head, body]);
}

const requestOf = (
  count: number,
  names: number,
  method: 1 | 3 = Method.METHOD_ADAPTIVE,
): Buffer => {
  const metrics: Metric[] = Array.from({ length: count }, (_, at) => ({
    name: `series${at % names}`,
    value: Math.random() * (at % 2 ? 1000 : 1),
    time: { seconds: 1 + at },
  }));
  return OutliersClient.service.Detect.requestSerialize({
    metrics,
    options: { method, includeScores: true },
  });
};

const costly = framed(requestOf(99_900, 900));
const large = framed(requestOf(50_000, 1));
const distinct = framed(requestOf(90_000, 90_000, Method.METHOD_SIGMA));
const bomb = framed(deflateSync(Buffer.alloc(64 << 20)), true);

type Attack = {
  name: string;
  calls: number;
  open: (session: ClientHttp2Session, at: number) => void;
};

function call(
  session: ClientHttp2Session,
  path: string,
  headers: Record<string, string> = {},
): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  return stream.on("error", () => {});
}

/** What a client does to harm, on a connection that it makes for it, again and again. */
const attacks: readonly Attack[] = [
  { name: "streams without a message", calls: 120, open: (session) => void call(session, STREAM) },
  {
    name: "bodies that never end",
    calls: 100,
    open: (session) =>
      void call(session, DETECT).write(framed(Buffer.alloc(1 << 20), false, 4 << 20)),
  },
  {
    name: "compressed messages",
    calls: 100,
    open: (session) => void call(session, DETECT, { "grpc-encoding": "deflate" }).end(bomb),
  },
  {
    name: "answers that are not read",
    calls: 50,
    open: (session, at) =>
      void call(session, at % 2 ? DETECT : STREAM)
        .pause()
        .end(large),
  },
  {
    name: "requests that take long",
    calls: 3,
    open: (session) => void call(session, DETECT).resume().end(costly),
  },
  {
    name: "many names",
    calls: 5,
    open: (session, at) =>
      void call(session, at % 2 ? DETECT : STREAM)
        .resume()
        .end(distinct),
  },
  {
    name: "health watches",
    calls: 120,
    open: (session) => void call(session, "/grpc.health.v1.Health/Watch").end(framed(Buffer.of())),
  },
  {
    name: "large headers",
    calls: 120,
    open: (session) => void call(session, STREAM, { "x-large": "h".repeat(7000) }),
  },
];

export const attackNames = attacks.map(({ name }) => name);

/** Attacks a detector in every way at once, until it is told to stop. */
export async function attack(port: number, signal: AbortSignal): Promise<void> {
  await Promise.all([
    ...attacks.map((one) => repeat(one, port, signal)),
    connections(port, signal),
  ]);
}

async function repeat({ calls, open }: Attack, port: number, signal: AbortSignal): Promise<void> {
  const sessions: ClientHttp2Session[] = [];
  while (!signal.aborted) {
    const session = connect(`http://127.0.0.1:${port}`).on("error", () => {});
    sessions.push(session);
    // A connection that is refused or reset is an answer; both promises reject with it.
    await Promise.race([once(session, "connect"), once(session, "close")]).catch(() => {});
    for (let at = 0; at < calls && !session.destroyed && !session.closed; at++) open(session, at);
    await delay(500);
    // They are not let go: it is the detector's to end them.
    if (sessions.length > 20) sessions.shift()?.destroy();
  }
  for (const session of sessions) session.destroy();
}

async function connections(port: number, signal: AbortSignal): Promise<void> {
  const sockets: Socket[] = [];
  while (!signal.aborted) {
    for (let left = 100; left > 0; left--) {
      sockets.push(connectTcp(port, "127.0.0.1").on("error", () => {}));
    }
    await delay(500);
    if (sockets.length > 3000) for (const socket of sockets.splice(0, 1000)) socket.destroy();
  }
  for (const socket of sockets) socket.destroy();
}
