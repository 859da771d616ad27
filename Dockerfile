# One file for both services: `--target detector` or `--target collector`.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The lock file names every workspace, so npm wants each of them.
COPY proto/package.json proto/
COPY detection/package.json detection/
COPY client/package.json client/
COPY service/package.json service/
COPY detector/package.json detector/
COPY collector/package.json collector/
COPY cli/package.json cli/
COPY grafana/package.json grafana/
COPY testing/package.json testing/

FROM manifests AS detector-dependencies
RUN npm ci --omit=dev --workspace=detector \
    # What only editors and debuggers read.
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM manifests AS collector-dependencies
RUN npm ci --omit=dev --workspace=collector \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
RUN install --directory --owner=node .compile-cache
COPY proto proto
COPY service service

FROM service AS detector
COPY --from=detector-dependencies /app ./
COPY detection detection
COPY detector detector
USER node
# A first run here leaves what it compiled, so that those to come start fast and never load the
# TypeScript compiler. Nothing serves by then, so the check has to fail.
RUN timeout --preserve-status 3 node detector/src/main.ts > /dev/null && ! node detector/src/healthcheck.ts 2> /dev/null
CMD ["node", "detector/src/main.ts"]

FROM service AS collector
COPY --from=collector-dependencies /app ./
COPY client client
COPY collector collector
USER node
RUN timeout --preserve-status 3 node --max-semi-space-size=1 --no-opt --no-maglev collector/src/main.ts > /dev/null
# It has little to compute, and each of a host's megabytes is somebody else's: a small heap for young
# objects, and none of the compilers that make hot code fast.
CMD ["node", "--max-semi-space-size=1", "--no-opt", "--no-maglev", "collector/src/main.ts"]
