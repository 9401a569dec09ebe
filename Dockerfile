# Two images from one file: `worker` (the default), and `local`, the local cloud for trying things out.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS local
WORKDIR /app
ENV NODE_ENV=production LOCAL_HOST=0.0.0.0 LOCAL_ADVERTISED_HOST=local LOCAL_OSS_PORT=9001 LOCAL_S3_PORT=9002 LOCAL_SQS_PORT=9003 LOCAL_ADMIN_PORT=9004 \
    LOCAL_SOURCE=/source LOCAL_DESTINATION=/destination LOCAL_STATE=/state
COPY --from=build /app/dist/local ./
# Whoever the user says to run as (LOCAL_USER) may write there.
RUN mkdir -p /source /destination /state && chmod 1777 /source /destination /state
USER node
CMD ["node", "serve.js"]

# Nothing but Node and the bundle: no dependency that the worker does not load.
FROM node:24-bookworm-slim AS worker
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 LEDGER_URL=sqlite:/data/ledger.db
# DEP0169 is url.parse() inside ali-oss. The heap holds no object's bytes: it stays small, and is collected before it grows. Buffers are outside of it (MEMORY_BUDGET_MEBIBYTES).
ENV NODE_OPTIONS="--max-semi-space-size=2 --max-old-space-size=128 --disable-warning=DEP0169" MALLOC_ARENA_MAX=2
# The package managers of the base image, with all that they depend on, are for building. What a .env calls `data/ledger.db` is on the volume, too.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
    && mkdir /data && chown node:node /data && ln -s /data data
# `docker compose exec worker bridge backfill watch`.
RUN printf '#!/bin/sh\nexec node /app/bridge.js "$@"\n' > /usr/local/bin/bridge && chmod 755 /usr/local/bin/bridge
COPY --from=build /app/dist/worker ./
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["node", "healthcheck.js"]
ENTRYPOINT ["node", "bridge.js"]
CMD ["worker"]
