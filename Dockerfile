# One image for the web, the workers and the migrations; docker-compose.yml says which of them a container runs.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM packages AS build
COPY . .
RUN npx vite build && npm prune --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim AS service
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    PLAYWRIGHT_BROWSERS_PATH=/opt/browsers
WORKDIR /app
# The browser's version belongs to the version of Playwright in package-lock.json.
COPY --from=build /app/node_modules ./node_modules
RUN node node_modules/playwright/cli.js install --with-deps chromium \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node /data /data/artifacts
COPY --from=build /app/package.json /app/package-lock.json ./
COPY --from=build /app/activities ./activities
COPY --from=build /app/db ./db
COPY --from=build /app/domain ./domain
COPY --from=build /app/notifications ./notifications
COPY --from=build /app/platform ./platform
COPY --from=build /app/scripts ./scripts
COPY --from=build /app/temporal ./temporal
COPY --from=build /app/web ./web
COPY --from=build /app/workflows ./workflows
USER node
VOLUME /data
ENTRYPOINT ["tini", "--"]
# A container with little memory would get little room for young objects, which the web makes many of.
CMD ["node", "--max-semi-space-size=16", "web/server.ts"]
