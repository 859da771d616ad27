# The images of the stack, one target each: `--target detector`. Configuration lies in them, not in
# mounts, so that neither the umask of a clone nor SELinux keeps anyone from reading it.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG PROMETHEUS_IMAGE=prom/prometheus:v3.13.5
ARG ALERTMANAGER_IMAGE=prom/alertmanager:v0.34.2
# What is built: labels of every image, and of the services' metric build_info. Each target declares
# them at its end, so that another revision costs no cached layer.
ARG VERSION=0.2.0
ARG REVISION=unknown
ARG BUILD_DATE=unknown
ARG SOURCE_URL=

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY --chmod=755 package.json package-lock.json .npmrc ./
# The lock file lists every workspace, so npm needs all of them.
COPY --chmod=755 proto/package.json proto/
COPY --chmod=755 detection/package.json detection/
COPY --chmod=755 client/package.json client/
COPY --chmod=755 service/package.json service/
COPY --chmod=755 detector/package.json detector/
COPY --chmod=755 collector/package.json collector/
COPY --chmod=755 cli/package.json cli/
COPY --chmod=755 grafana/package.json grafana/
COPY --chmod=755 testing/package.json testing/

FROM manifests AS detector-dependencies
RUN npm ci --omit=dev --workspace=detector \
    # Files for editors and debuggers only. Licences stay, even those in a README.
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
    && rm -r node_modules/@types node_modules/undici-types

FROM manifests AS collector-dependencies
RUN npm ci --omit=dev --workspace=collector \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
    && rm -r node_modules/@types node_modules/undici-types node_modules/undici/docs \
      node_modules/yaml/browser node_modules/bintrees/test

FROM ${NODE_IMAGE} AS service
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
# glibc keeps what was freed, in an arena per thread: after a burst that counts as taken for good.
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /app
RUN install --directory --owner=node .compile-cache
COPY --chmod=755 proto proto
COPY --chmod=755 service service

FROM service AS detector
COPY --from=detector-dependencies /app ./
COPY --chmod=755 detection detection
COPY --chmod=755 detector detector
USER node
# A first run fills the compile cache, so that containers start fast and never load the TypeScript
# compiler. It ends as soon as the health check succeeds.
RUN node --heap-growing-percent=50 detector/src/long-worker.ts \
    && { node --heap-growing-percent=50 detector/src/main.ts > /dev/null & pid=$!; \
    until node detector/src/healthcheck.ts > /dev/null 2>&1; do kill -0 $pid || exit 1; done; \
    kill $pid; wait $pid; }
ARG VERSION REVISION BUILD_DATE SOURCE_URL
LABEL org.opencontainers.image.title="outliers-detector" \
    org.opencontainers.image.description="Scores samples over gRPC" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${BUILD_DATE}" \
    org.opencontainers.image.source="${SOURCE_URL}"
ENV OUTLIERS_REVISION=${REVISION} OUTLIERS_BUILD_DATE=${BUILD_DATE}
# The state of series is most of the heap, and little of it becomes garbage.
CMD ["node", "--heap-growing-percent=50", "detector/src/main.ts"]

FROM service AS collector
COPY --from=collector-dependencies /app ./
COPY --chmod=755 detection detection
COPY --chmod=755 client client
COPY --chmod=755 collector collector
RUN install --directory --owner=node --mode=700 /var/lib/outliers
USER node
RUN { node --max-semi-space-size=4 --heap-growing-percent=50 collector/src/main.ts > /dev/null & pid=$!; \
    until node -e 'fetch("http://127.0.0.1:9464/healthz").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))'; \
    do kill -0 $pid || exit 1; done; \
    kill $pid; wait $pid; }
ARG VERSION REVISION BUILD_DATE SOURCE_URL
LABEL org.opencontainers.image.title="outliers-collector" \
    org.opencontainers.image.description="Samples a host and has its samples scored" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${BUILD_DATE}" \
    org.opencontainers.image.source="${SOURCE_URL}"
ENV OUTLIERS_REVISION=${REVISION} OUTLIERS_BUILD_DATE=${BUILD_DATE}
# Small rather than fast: the memory of the host belongs to others.
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=50", "collector/src/main.ts"]

FROM ${PROMETHEUS_IMAGE} AS prometheus
COPY --chmod=755 prometheus/prometheus.yml /etc/prometheus/
COPY --chmod=755 prometheus/rules /etc/prometheus/rules
COPY --chmod=755 prometheus/user /etc/prometheus/user
ARG VERSION REVISION BUILD_DATE SOURCE_URL
LABEL org.opencontainers.image.title="outliers-prometheus" \
    org.opencontainers.image.description="Prometheus with the configuration and alerts of Outliers" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${BUILD_DATE}" \
    org.opencontainers.image.source="${SOURCE_URL}"

FROM ${ALERTMANAGER_IMAGE} AS alertmanager
COPY --chmod=755 alertmanager/config.sh /etc/alertmanager/
ARG VERSION REVISION BUILD_DATE SOURCE_URL
LABEL org.opencontainers.image.title="outliers-alertmanager" \
    org.opencontainers.image.description="Alertmanager with the configuration of Outliers" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${BUILD_DATE}" \
    org.opencontainers.image.source="${SOURCE_URL}"
